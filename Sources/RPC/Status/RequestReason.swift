/// Why a request of any method fails before the method sees it.
package enum RequestReason: String, ErrorReason {
  case malformed = "REQUEST_MALFORMED"

  package var definition: ErrorDefinition {
    switch self {
    case .malformed:
      .init(.invalidArgument, "the request is not a message of its method; `BadRequest` names the field, if it is one")
    }
  }
}

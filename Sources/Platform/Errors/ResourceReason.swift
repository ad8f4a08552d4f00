package import RPC

/// Reasons that any module may give for a resource, or for a stream that resumes from a cursor.
package enum ResourceReason: String, ErrorReason {
  case resourceNotFound = "RESOURCE_NOT_FOUND"
  case etagMismatch = "ETAG_MISMATCH"
  case illegalMove = "ILLEGAL_MOVE"
  case cursorTooOld = "CURSOR_TOO_OLD"
  case cursorOfAnotherLog = "CURSOR_OF_ANOTHER_LOG"

  package var definition: ErrorDefinition {
    switch self {
    case .resourceNotFound:
      .init(.notFound, "the resource does not exist, or the caller has no access to it: `ResourceInfo` names it")
    case .etagMismatch:
      .init(.aborted, "the resource has changed: read it again, and repeat the change if it is still wanted")
    case .illegalMove:
      .init(
        .failedPrecondition,
        "the state of the resource does not allow this: `metadata` has the `state`, and the `moves` that it allows")
    case .cursorTooOld:
      .init(.outOfRange, "the cursor is older than the retention of the event log; subscribe again without a cursor")
    case .cursorOfAnotherLog:
      .init(.outOfRange, "the cursor belongs to another event log; subscribe again without a cursor")
    }
  }
}

extension RPCError {
  /// NOT_FOUND of a resource: it is not there, or not for this caller.
  /// - Parameters:
  ///   - type: the full name of the resource's message.
  ///   - name: its id or name, as the caller called it.
  ///   - message: the sentence; "there is no such …" without it.
  package static func notFound(_ type: String, _ name: String, _ message: String? = nil) -> RPCError {
    ResourceReason.resourceNotFound.error(
      message ?? "there is no such \(noun(of: type))", details: [absent(type, name)])
  }

  /// NOT_FOUND of several resources of a type, none of which is there for this caller.
  package static func notFound(_ type: String, _ names: [String]) -> RPCError {
    if names.count == 1 { return notFound(type, names[0]) }
    return ResourceReason.resourceNotFound.error(
      "there is no such \(noun(of: type)): none of these \(names.count)", details: names.map { absent(type, $0) })
  }

  /// The words of the message's name: `sales channel`.
  private static func noun(of type: String) -> String {
    var noun = ""
    for letter in type.split(separator: ".").last ?? "" {
      if letter.isUppercase && !noun.isEmpty { noun.append(" ") }
      noun += letter.lowercased()
    }
    return noun.hasPrefix("api ") ? "API" + noun.dropFirst("api".count) : noun
  }

  private static func absent(_ type: String, _ name: String) -> ErrorDetail {
    .resourceInfo(type: type, name: name, description: "It does not exist.")
  }
}

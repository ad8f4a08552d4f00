package import RPC

/// Why a stream of security events ends.
package enum SecurityReason: String, ErrorReason {
  case readerBehind = "READER_BEHIND"

  package var definition: ErrorDefinition {
    switch self {
    case .readerBehind:
      .init(.aborted, "the stream ran ahead of its reader; come back with the last cursor and miss nothing")
    }
  }
}

package import RPC

/// Why a stream of security events ends.
package enum SecurityReason: String, ErrorReason {
  case readerBehind = "READER_BEHIND"

  package var definition: ErrorDefinition {
    switch self {
    case .readerBehind:
      .init(.aborted, "the reader is too slow; resume with the last cursor, which misses nothing")
    }
  }
}

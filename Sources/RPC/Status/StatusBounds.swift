/// The maximum size of an error. Clients bound the size of trailers, and fail the call with a status of their own
/// beyond: gRPC C from 8 KiB on, for all fields together.
enum StatusBounds {
  /// Bytes of `grpc-status-details-bin`, before base 64.
  static let detailsBytesMax = 4096
  /// Bytes of `grpc-message`, percent-encoded, and of the same sentence in other dialects.
  static let messageBytesMax = 1024
  /// Bytes of one text within the details, such as the description of one field's violation.
  static let textBytesMax = 512
  /// The end of a text that was cut.
  static let cut = "..."

  /// `text`, or its beginning, in at most `bytesMax` bytes; `size` returns the bytes of a character. A character is a
  /// Unicode scalar, because a grapheme may have any number of bytes.
  static func beginning(
    of text: String, bytesMax: Int, size: (Unicode.Scalar) -> Int = { UTF8.width($0) }
  ) -> String {
    var bytes = 0
    var end: String.UnicodeScalarView.Index?
    for index in text.unicodeScalars.indices {
      if bytes + cut.utf8.count <= bytesMax { end = index }
      bytes += size(text.unicodeScalars[index])
      if bytes > bytesMax { return String(text.unicodeScalars[..<(end ?? text.startIndex)]) + cut }
    }
    return text
  }
}

extension RPCError {
  /// The sentence as it goes over the wire.
  var boundedMessage: String {
    // Most sentences are so short that no encoding makes them too long.
    if message.utf8.count * PercentEncoding.bytesPerByteMax <= StatusBounds.messageBytesMax { return message }
    return StatusBounds.beginning(of: message, bytesMax: StatusBounds.messageBytesMax, size: PercentEncoding.size)
  }

  /// The details that are sent: within ``StatusBounds/detailsBytesMax`` together with the message. The ends of lists
  /// that are too long are left out, and a last element has the number of omitted ones.
  var boundedDetails: [ErrorDetail] {
    let sentence = boundedMessage.utf8.count
    var selection = DetailSelection(details.map(\.cut), bytesMax: StatusBounds.detailsBytesMax - sentence)
    return selection.select()
  }
}

extension ErrorDetail {
  /// With texts that are bounded each.
  fileprivate var cut: ErrorDetail {
    func cut(_ text: String) -> String {
      text.utf8.count <= StatusBounds.textBytesMax
        ? text : StatusBounds.beginning(of: text, bytesMax: StatusBounds.textBytesMax)
    }
    switch self {
    case .badRequest(let violations):
      return .badRequest(
        violations.map { FieldViolation(field: cut($0.field), description: cut($0.description)) })
    case .resourceInfo(let type, let name, let description):
      return .resourceInfo(type: cut(type), name: cut(name), description: cut(description))
    case .retryInfo: return self
    case .errorInfo(let reason, let domain, let metadata):
      let pairs = metadata.map { (cut($0.key), cut($0.value)) }
      return .errorInfo(
        reason: cut(reason), domain: cut(domain), metadata: Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
    case .preconditionFailure(let violations):
      return .preconditionFailure(
        violations.map {
          PreconditionViolation(type: cut($0.type), subject: cut($0.subject), description: cut($0.description))
        })
    case .quotaFailure(let violations):
      return .quotaFailure(
        violations.map { QuotaViolation(subject: cut($0.subject), description: cut($0.description)) })
    }
  }
}

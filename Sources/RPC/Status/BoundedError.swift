internal import Protobuf

extension RPCError {
  /// Unicode scalars of a sentence: of the message, and of what a detail describes.
  private static let sentenceScalarsMax = 1000
  /// Unicode scalars of a name in a detail: of a resource, a field's path, a key.
  private static let nameScalarsMax = 200

  /// The error as it goes to the caller: whoever wrote its texts, and of whatever, none is longer than an answer's
  /// trailers can be.
  var bounded: RPCError {
    var bounded = self
    bounded.message = Self.sentence(message)
    bounded.details = details.map(Self.bounded)
    return bounded
  }

  private static func sentence(_ text: String) -> String { EchoedText.cut(text, scalarsMax: sentenceScalarsMax) }
  private static func name(_ text: String) -> String { EchoedText.cut(text, scalarsMax: nameScalarsMax) }

  private static func bounded(_ detail: ErrorDetail) -> ErrorDetail {
    switch detail {
    case .badRequest(let violations):
      .badRequest(violations.map { .init(field: name($0.field), description: sentence($0.description)) })
    case .resourceInfo(let type, let resource, let description):
      .resourceInfo(type: name(type), name: name(resource), description: sentence(description))
    case .retryInfo: detail
    case .errorInfo(let reason, let domain, let metadata):
      .errorInfo(
        reason: name(reason), domain: name(domain),
        metadata: Dictionary(
          metadata.map { (name($0.key), sentence($0.value)) }, uniquingKeysWith: { first, _ in first }))
    case .preconditionFailure(let violations):
      .preconditionFailure(
        violations.map {
          .init(type: name($0.type), subject: name($0.subject), description: sentence($0.description))
        })
    case .quotaFailure(let violations):
      .quotaFailure(violations.map { .init(subject: name($0.subject), description: sentence($0.description)) })
    }
  }
}

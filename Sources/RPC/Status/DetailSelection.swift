/// Selects the details of an error where their size is bounded. A value that knows only their sizes.
///
/// The details that programs act on come first: the reason, the retry delay, and the first element of each list.
/// Further elements follow in their order, as many as fit; the last one reads "and 194 more".
struct DetailSelection {
  /// Bytes that are enough for a message's tag and length, its `Any` and the type's name in it.
  private static let envelopeBytes = 80
  /// Bytes that are enough for the element that counts what was left out, with the name of its list.
  private static let remarkBytes = StatusBounds.textBytesMax / 2

  private let details: [ErrorDetail]
  private var bytesLeft: Int

  init(_ details: [ErrorDetail], bytesMax: Int) {
    self.details = details
    // The status itself: its code and the prefix of its sentence.
    bytesLeft = bytesMax - Self.envelopeBytes
  }

  /// The details that are sent.
  mutating func select() -> [ErrorDetail] {
    if details.isEmpty { return [] }
    let sizes = details.map(\.elementBytes)
    var counts = details.map { _ in 0 }
    var seen: Set<String> = []
    // Resources that an error is about are a list as well: of details of one kind, each with one.
    let isFurther = details.map { !seen.insert($0.kind).inserted }
    for index in details.indices where !isFurther[index] {
      if spend(Self.envelopeBytes + Self.remarkBytes + (sizes[index].first ?? 0)) { counts[index] = 1 }
    }
    var isFull = false
    for index in details.indices where !isFull {
      if isFurther[index] {
        isFull = !spend(Self.envelopeBytes + (sizes[index].first ?? 0))
        if !isFull { counts[index] = 1 }
      }
      while !isFull && (1..<sizes[index].count).contains(counts[index]) {
        isFull = !spend(sizes[index][counts[index]])
        if !isFull { counts[index] += 1 }
      }
    }
    return told(counts)
  }

  private mutating func spend(_ bytes: Int) -> Bool {
    if bytes > bytesLeft { return false }
    bytesLeft -= bytes
    return true
  }

  private func told(_ counts: [Int]) -> [ErrorDetail] {
    var told: [ErrorDetail] = []
    var omitted = 0
    var last: ErrorDetail?
    for (detail, count) in zip(details, counts) {
      if count > 0 {
        told.append(detail.first(count))
      } else {
        omitted += 1
        last = last ?? detail
      }
    }
    if omitted > 0, let remark = last?.remark(omitted) { told.append(remark) }
    return told
  }
}

extension ErrorDetail {
  /// The message's name, or the field that distinguishes it from others.
  fileprivate var kind: String {
    switch self {
    case .badRequest: "BadRequest"
    case .resourceInfo: "ResourceInfo"
    case .retryInfo: "RetryInfo"
    case .errorInfo: "ErrorInfo"
    case .preconditionFailure: "PreconditionFailure"
    case .quotaFailure: "QuotaFailure"
    }
  }

  /// Bytes of each of its elements, no fewer than there are; a detail without a list is one element.
  fileprivate var elementBytes: [Int] {
    switch self {
    case .badRequest(let violations): violations.map { Self.bytes($0.field, $0.description) }
    case .preconditionFailure(let violations): violations.map { Self.bytes($0.type, $0.subject, $0.description) }
    case .quotaFailure(let violations): violations.map { Self.bytes($0.subject, $0.description) }
    case .resourceInfo(let type, let name, let description): [Self.bytes(type, name, description)]
    case .retryInfo: [Self.bytes("", "", "")]
    case .errorInfo(let reason, let domain, let metadata):
      [metadata.reduce(Self.bytes(reason, domain)) { $0 + Self.bytes($1.key, $1.value) }]
    }
  }

  private static let prefixBytes = 4

  private static func bytes(_ texts: String...) -> Int {
    texts.reduce(prefixBytes) { $0 + $1.utf8.count + prefixBytes }
  }

  /// With so many of its elements, and the number of the others.
  fileprivate func first(_ count: Int) -> ErrorDetail {
    switch self {
    case .badRequest(let violations) where violations.count > count:
      // The list that contains the violations, as far as one field shows it.
      let field = String(violations[count].field.prefix { $0 != "[" })
      let last = FieldViolation(field: field, description: Self.remark(violations.count - count))
      return .badRequest(violations.prefix(count) + [last])
    case .preconditionFailure(let violations) where violations.count > count:
      let text = Self.remark(violations.count - count)
      let last = PreconditionViolation(type: violations[count].type, subject: "", description: text)
      return .preconditionFailure(violations.prefix(count) + [last])
    case .quotaFailure(let violations) where violations.count > count:
      let last = QuotaViolation(subject: "", description: Self.remark(violations.count - count))
      return .quotaFailure(violations.prefix(count) + [last])
    default: return self
    }
  }

  /// A detail in place of so many like it.
  fileprivate func remark(_ count: Int) -> ErrorDetail? {
    guard case .resourceInfo(let type, _, _) = self else { return nil }
    return .resourceInfo(type: type, name: "", description: Self.remark(count))
  }

  private static func remark(_ count: Int) -> String { "and \(count) more" }
}

package import Protobuf
internal import RPC

/// Validates a request's fields and collects all violations, so that a caller can correct them at once.
package struct RequestCheck {
  /// More violations than this are not listed.
  private static let violationsMax = 20

  private var violations: [ErrorDetail.FieldViolation] = []

  /// Nothing found yet.
  package init() {}

  /// Notes what is wrong with a field. `field` is its path in the request as the proto spells it.
  package mutating func refuse(_ field: String, _ description: String) {
    guard violations.count < Self.violationsMax else { return }
    violations.append(ErrorDetail.FieldViolation(field: field, description: description))
  }

  /// Notes what is wrong with a field unless `holds`.
  package mutating func require(_ holds: Bool, _ field: String, _ description: String) {
    if !holds { refuse(field, description) }
  }

  /// A field that must be a UUID.
  package mutating func id(_ text: Text, _ field: String) -> ID {
    if let id = ID(text.string) { return id }
    refuse(
      field, text.isEmpty ? "Must be set: a UUID." : "Must be a UUID, such as 0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18.")
    return .none
  }

  /// A field that may be empty, or else must be a UUID.
  package mutating func optionalID(_ text: Text, _ field: String) -> ID? {
    text.isEmpty ? nil : id(text, field)
  }

  /// A field that must be a time of the years 1 to 9999.
  package mutating func instant(_ time: Timestamp, _ field: String) -> Instant? {
    let instant = Instant(time)
    require(instant != nil, field, "Must be from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.")
    return instant
  }

  /// A list of UUIDs; those that occur again are left out.
  package mutating func ids(_ list: RepeatedField<Text>, _ field: String, count: ClosedRange<Int>) -> [ID] {
    guard count.contains(list.count) else {
      refuse(field, "Must have \(count.lowerBound) to \(count.upperBound) elements, and has \(list.count).")
      return []
    }
    var seen = Set<ID>()
    var ids: [ID] = []
    for (index, text) in list.enumerated() {
      let id = id(text, "\(field)[\(index)]")
      if seen.insert(id).inserted { ids.append(id) }
    }
    return ids
  }

  /// - Throws: INVALID_ARGUMENT with every violation, if there is any.
  package func verify() throws {
    guard let first = violations.first else { return }
    let more = violations.count > 1 ? " (and \(violations.count - 1) more)" : ""
    throw PlatformReason.invalidFields.error(
      "\(first.field): \(first.description)\(more)", details: [.badRequest(violations)])
  }
}

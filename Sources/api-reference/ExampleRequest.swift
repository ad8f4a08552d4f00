import ProtoSchema

/// A realistic request in JSON, made from its fields' names and types: each oneof's first choice, each list with one
/// element, and no field whose default suits most callers.
struct ExampleRequest {
  private static let depthMax = 4

  /// Fields that most calls leave out.
  private static let left: Set<String> = ["page_token", "cursor", "etag", "update_mask"]

  /// Fields of a resource that the server sets and ignores in requests.
  private static let told: Set<String> = [
    "create_time", "update_time", "expire_time", "last_used_time", "user_id", "owner_id", "seller_id", "email", "role",
    "scopes", "hint", "email_verified", "is_built_in",
  ]

  let index: SchemaIndex
  /// The name of the method.
  let method: String

  /// The JSON of `message`, on one line.
  func json(_ message: MessageSchema) -> String { object(message, depth: 0) ?? "{}" }

  private func object(_ message: MessageSchema, depth: Int) -> String? {
    guard depth < Self.depthMax else { return nil }
    var chosen: Set<Int> = []
    var members: [String] = []
    var names: Set<String> = []
    for field in message.fields where !Self.left.contains(field.name) {
      let own = ExampleValues.of(field.name, of: message.name, in: method)
      if own == .left || own == nil && depth > 0 && isTold(field) { continue }
      if let oneof = field.oneof, !chosen.insert(oneof).inserted { continue }
      if names.contains(where: { field.comment.contains("together with `\($0)`") }) { continue }
      names.insert(field.name)
      guard let value = own?.json ?? value(of: field, depth: depth) else { continue }
      let isList = field.label == .repeated && index.mapEntry(of: field) == nil
      members.append("\"\(field.jsonName)\": \(isList ? "[\(value)]" : value)")
    }
    return "{" + members.joined(separator: ", ") + "}"
  }

  /// Whether the server sets it in every resource; the id, too, in one that is created.
  private func isTold(_ field: FieldSchema) -> Bool {
    Self.told.contains(field.name) || field.name == "id" && ["Create", "Upsert"].contains { method.hasPrefix($0) }
  }

  private func value(of field: FieldSchema, depth: Int) -> String? {
    switch field.type {
    case .string: return text(field.name).map { "\"\($0)\"" }
    case .bytes: return "\"AAEC\""
    case .bool: return "true"
    case .double, .float: return "1.5"
    case .int64, .uint64, .fixed64, .sfixed64, .sint64: return "\"\(ExampleValues.named[field.name] ?? "1")\""
    case .int32, .uint32, .fixed32, .sfixed32, .sint32: return ExampleValues.named[field.name] ?? "1"
    case .enumeration: return index.enumeration(field.typeName)?.values.dropFirst().first.map { "\"\($0.name)\"" }
    case .message, .group: return message(field, depth: depth)
    }
  }

  private func text(_ name: String) -> String? {
    if name.hasSuffix("_id"), name.hasPrefix("target_") || name.hasPrefix("to_") { return ExampleValues.otherID }
    if name == "id" || name == "ids" || name.hasSuffix("_id") || name.hasSuffix("_ids") { return ExampleValues.id }
    if let known = ExampleValues.named[name] { return known.isEmpty ? nil : known }
    if name.hasSuffix("token") || name == "device_code" { return "IhRSOv5opaO5r3Py…" }
    return name.split(separator: "_").joined(separator: " ")
  }

  private func message(_ field: FieldSchema, depth: Int) -> String? {
    switch field.typeName {
    case "google.protobuf.Timestamp": return "\"\(ExampleValues.named[field.name] ?? "2027-01-31T09:30:00Z")\""
    case "google.protobuf.Duration": return "\"90s\""
    default:
      guard index.mapEntry(of: field) == nil, let type = index.message(field.typeName) else { return nil }
      return object(type, depth: depth + 1)
    }
  }
}

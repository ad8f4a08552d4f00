import ProtoSchema

/// A realistic request in JSON, made from its fields' names and types: each oneof's first choice, each list with one
/// element, and no field whose default suits most callers.
struct ExampleRequest {
  private static let depthMax = 4
  private static let id = "0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18"

  /// Fields that most calls leave out.
  private static let left: Set<String> = ["page_token", "cursor", "etag", "update_mask"]

  /// Fields of a resource that the server sets and ignores in requests.
  private static let told: Set<String> = [
    "create_time", "update_time", "expire_time", "last_used_time", "user_id", "owner_id", "seller_id", "email", "role",
    "scopes", "hint", "email_verified", "is_built_in",
  ]

  /// Example values of fields with these names, in all messages.
  private static let values: [String: String] = [
    "email": "ada@example.com", "password": "correct horse battery staple", "new_password": "quiet green window lamp",
    "current_password": "correct horse battery staple", "display_name": "Ada Lovelace", "full_name": "Ada Lovelace",
    "locale": "en-GB", "code": "123456", "note": "Counted on Friday.", "slug": "walnut-desk", "device": "Ada's laptop",
    "country": "GB", "region": "", "city": "London", "postal_code": "SW1A 1AA", "phone": "+442079460958",
    "action": "user.", "resource_type": "fastshop.identity.v1.User", "provider": "google", "reason": "Asked for it.",
    "redirect_uri": "https://shop.example/signed-in", "fingerprint": "sha256:…", "description": "Reads stock.",
    "search": "ada", "role": "support", "line1": "10 Downing Street", "user_code": "BCDF-GHJK", "brand": "Acme",
    "secret_name": "till", "page_size": "20", "name": "warehouse", "title": "Warehouse", "scopes": "inventory.write",
    "permissions": "inventory.write", "subject": "dns:warehouse.shop.example", "label": "Home", "company": "",
    "recipient": "Ada Lovelace", "street_lines": "10 Downing Street", "min_price_minor": "1000",
    "max_price_minor": "5000", "overlap": "3600s", "calls_per_minute": "600", "burst": "100",
    "start_time": "2027-01-31T09:30:00Z", "end_time": "2027-02-28T09:30:00Z", "sku": "DESK-OAK",
    "sku_pattern": "DESK-{options}", "sku_suffix": "-B", "gtin": "4006381333931", "currency": "EUR",
    "amount_minor": "19900", "options": "Colour", "values": "Oak",
  ]

  let index: SchemaIndex

  /// The JSON of `message`, on one line.
  func json(_ message: MessageSchema) -> String { object(message, depth: 0) ?? "{}" }

  private func object(_ message: MessageSchema, depth: Int) -> String? {
    guard depth < Self.depthMax else { return nil }
    var chosen: Set<Int> = []
    var members: [String] = []
    var names: Set<String> = []
    for field in message.fields where !Self.left.contains(field.name) {
      if depth > 0, Self.told.contains(field.name) { continue }
      if let oneof = field.oneof, !chosen.insert(oneof).inserted { continue }
      if names.contains(where: { field.comment.contains("together with `\($0)`") }) { continue }
      names.insert(field.name)
      guard let value = value(of: field, depth: depth) else { continue }
      members.append("\"\(field.jsonName)\": \(field.label == .repeated ? "[\(value)]" : value)")
    }
    return "{" + members.joined(separator: ", ") + "}"
  }

  private func value(of field: FieldSchema, depth: Int) -> String? {
    switch field.type {
    case .string: return text(field.name).map { "\"\($0)\"" }
    case .bytes: return "\"AAEC\""
    case .bool: return "true"
    case .double, .float: return "1.5"
    case .int64, .uint64, .fixed64, .sfixed64, .sint64: return "\"\(Self.values[field.name] ?? "1")\""
    case .int32, .uint32, .fixed32, .sfixed32, .sint32: return Self.values[field.name] ?? "1"
    case .enumeration: return index.enumeration(field.typeName)?.values.dropFirst().first.map { "\"\($0.name)\"" }
    case .message, .group: return message(field, depth: depth)
    }
  }

  private func text(_ name: String) -> String? {
    if name == "id" || name.hasSuffix("_id") || name.hasSuffix("_ids") { return Self.id }
    if let known = Self.values[name] { return known.isEmpty ? nil : known }
    if name.hasSuffix("token") || name == "device_code" { return "IhRSOv5opaO5r3Py…" }
    return name.split(separator: "_").joined(separator: " ")
  }

  private func message(_ field: FieldSchema, depth: Int) -> String? {
    switch field.typeName {
    case "google.protobuf.Timestamp": return "\"\(Self.values[field.name] ?? "2027-01-31T09:30:00Z")\""
    case "google.protobuf.Duration": return "\"90s\""
    default:
      guard index.mapEntry(of: field) == nil, let type = index.message(field.typeName) else { return nil }
      return object(type, depth: depth + 1)
    }
  }
}

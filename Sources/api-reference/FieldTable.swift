import ProtoSchema

/// A message's fields as a table: name, type, and what the .proto file says, limits and units included.
struct FieldTable {
  let index: SchemaIndex
  /// The package of the page, whose types have their anchors there.
  let package: String

  /// Without fields, a sentence that says so.
  func markdown(_ message: MessageSchema) -> String {
    if message.fields.isEmpty { return "It has no fields.\n\n" }
    var text = "| field | type | |\n|---|---|---|\n"
    for field in message.fields {
      text += Markdown.row([
        "`\(field.name)`", type(of: field), choice(field, in: message) + Markdown.line(field.comment),
      ])
    }
    return text + "\n"
  }

  /// The oneof of the field, if any.
  private func choice(_ field: FieldSchema, in message: MessageSchema) -> String {
    guard let number = field.oneof, message.oneofs.indices.contains(number) else { return "" }
    let oneof = message.oneofs[number]
    return oneof.isSynthetic ? "Optional. " : "One of `\(oneof.name)`. "
  }

  private func type(of field: FieldSchema) -> String {
    if let entry = index.mapEntry(of: field), let key = entry.fields.first, let value = entry.fields.last {
      return "map of \(single(key)) to \(single(value))"
    }
    return (field.label == .repeated ? "list of " : "") + single(field)
  }

  private func single(_ field: FieldSchema) -> String {
    switch field.type {
    case .message, .group, .enumeration: link(to: field.typeName)
    default: "\(field.type)"
    }
  }

  /// The type's short name, linked to where it is described.
  private func link(to fullName: String) -> String {
    guard
      let place = index.files.first(where: { file in
        file.allMessages.contains { $0.fullName == fullName } || file.allEnums.contains { $0.fullName == fullName }
      })
    else { return "`\(fullName)`" }
    let name = fullName.dropFirst(place.package.count + 1)
    guard place.package.hasPrefix(PackagePage.shopPrefix) else { return "`\(fullName)`" }
    let page = place.package == package ? "" : "\(place.package).md"
    return "[\(name)](\(page)#\(Markdown.anchor(String(name))))"
  }
}

package import Protobuf

/// How long a method's requests may be when its policy does not say: by what they are made of.
///
/// Limits of fields are the modules' own, and are told in bytes only once a request is decoded. This one comes before:
/// nobody makes the server hold more for a request than its fields have use for. A text may have some hundred
/// characters, each of which JSON may write in twelve bytes.
package enum RequestSize {
  /// Bytes of a request with lists in it, and the most of any.
  package static let listBytes = 64 * 1024
  /// Bytes for each text.
  private static let textBytes = 8 * 1024
  /// Bytes of a request without texts.
  package static let leastBytes = 4 * 1024

  /// Bytes that a message of this type may have as a request.
  package static func usual(of type: MessageDescriptor) -> Int {
    var seen: Set<MessageDescriptor> = []
    return min(max(bytes(of: type, &seen), leastBytes), listBytes)
  }

  private static func bytes(of type: MessageDescriptor, _ seen: inout Set<MessageDescriptor>) -> Int {
    // A list of names, written as one text.
    if type.fullName == "google.protobuf.FieldMask" { return textBytes }
    guard seen.insert(type).inserted else { return listBytes }
    defer { seen.remove(type) }
    return type.fields.reduce(0) { $0 + bytes(of: $1, &seen) }
  }

  private static func bytes(of field: FieldDescriptor, _ seen: inout Set<MessageDescriptor>) -> Int {
    if field.isRepeated { return listBytes }
    if let message = field.message { return bytes(of: message, &seen) }
    return field.type == .string || field.type == .bytes ? textBytes : 0
  }
}

package import Protobuf

/// The maximum size of a method's requests where the policy names none. It follows from the fields of the request.
///
/// The modules check the limits of single fields after the request is decoded. This limit applies before that, so no
/// caller makes the server hold more than the fields can use. A text field counts a few hundred characters, each of
/// which takes up to twelve bytes in JSON.
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

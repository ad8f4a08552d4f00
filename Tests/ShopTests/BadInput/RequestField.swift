import Protobuf

/// A field of a request that holds a value of its own, wherever in the request it stands.
struct RequestField {
  /// Messages that are one value, and not a set of fields.
  private static let values: Set<String> = [
    "google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask",
  ]

  /// From the request to the field.
  let descriptors: [FieldDescriptor]

  /// Such as `address.city`.
  var path: String { descriptors.map(\.name).joined(separator: ".") }
  /// The field itself.
  var own: FieldDescriptor { descriptors[descriptors.count - 1] }
  /// Whether it is a message of this type.
  func isMessage(_ name: String) -> Bool { own.message?.fullName == name }

  /// All fields of a request, and those of the messages in it.
  static func all(of message: MessageDescriptor, below: [FieldDescriptor] = []) -> [RequestField] {
    message.fields.flatMap { field in
      let descriptors = below + [field]
      // Descriptors have no cycles: a rule of the repository forbids them.
      guard let nested = field.message, !field.isMap, !values.contains(nested.fullName) else {
        return [RequestField(descriptors: descriptors)]
      }
      return all(of: nested, below: descriptors)
    }
  }
}

import ProtoSchema

/// The offsets of the members of a message's C struct, by the rules of protoc-gen-c and of 64-bit platforms. The
/// generated C file asserts each of them for the C compiler.
struct StructLayout {
  /// The offset of a field's value; the count of a repeated field precedes it.
  private(set) var offsets: [Int32: Int] = [:]
  /// The offsets of the oneofs' cases, by index.
  private(set) var caseOffsets: [Int: Int] = [:]

  /// Size of ProtobufCMessage, with which every struct begins.
  private static let baseBytes = 24

  init(_ message: MessageSchema) {
    var end = StructLayout.baseBytes
    func place(_ bytes: Int, alignment: Int) -> Int {
      let start = (end + alignment - 1) / alignment * alignment
      end = start + bytes
      return start
    }
    for field in message.fields where field.oneof == nil {
      let size = field.type.size
      if field.label == .repeated {
        offsets[field.number] = place(16, alignment: 8)
      } else {
        offsets[field.number] = place(size.bytes, alignment: size.alignment)
      }
    }
    for index in message.oneofs.indices {
      let members = message.fields.filter { $0.oneof == index }
      caseOffsets[index] = place(4, alignment: 4)
      let start = place(
        members.map(\.type.size.bytes).max() ?? 0, alignment: members.map(\.type.size.alignment).max() ?? 1)
      for member in members { offsets[member.number] = start }
    }
  }
}

extension ProtoType {
  /// The size of a value in a struct.
  fileprivate var size: (bytes: Int, alignment: Int) {
    switch self {
    case .float, .int32, .fixed32, .bool, .uint32, .enumeration, .sfixed32, .sint32: (4, 4)
    case .double, .int64, .uint64, .fixed64, .string, .group, .message, .sfixed64, .sint64: (8, 8)
    case .bytes: (16, 8)
    }
  }
}

import CProtobufC
import Glibc

/// The encoding of a message of type `Element`, ready to become a field of other messages, also on other threads.
public struct EncodedMessage<Element: Message>: Sendable {
  /// The length, and then the message.
  fileprivate let field: [UInt8]
  private let lengthBytes: Int

  /// The encoding of `message`.
  public init(_ message: Element) throws(EncodeError) {
    let bytes = try message.encoded()
    let length = Self.varint(bytes.count)
    (field, lengthBytes) = (length + bytes, length.count)
  }

  /// The message, decoded in `arena`.
  public func message(in arena: Arena) throws(DecodeError) -> Element {
    try Element(decoding: Array(field.dropFirst(lengthBytes)), in: arena)
  }

  private static func varint(_ number: Int) -> [UInt8] {
    var (bytes, rest): ([UInt8], Int) = ([], number)
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// The bytes that it takes as a field, without the tag.
  public var byteCount: Int { field.count }
}

extension Message {
  /// Adds `elements` to the message's only field of their type, which is repeated; or sets it, if it is not. They are
  /// copied as they are: nothing is decoded, or encoded again.
  ///
  /// They are part of the encoding and of the JSON form. Reading the field of this view does not show them. Call it
  /// once for a message.
  public func add<Element>(_ elements: [EncodedMessage<Element>]) {
    guard !elements.isEmpty else { return }
    let fields = Self.descriptor.fields.filter { $0.message == Element.descriptor }
    precondition(fields.count == 1, "\(Self.descriptor.fullName) has one field of \(Element.descriptor.fullName)")
    let number = fields[0].number
    let header = storage.pointer.assumingMemoryBound(to: ProtobufCMessage.self)
    precondition(header.pointee.n_unknown_fields == 0, "encoded elements are added once")
    let stride = MemoryLayout<ProtobufCMessageUnknownField>.stride
    let added = storage.arena.allocateForProgram(elements.count * stride)
      .bindMemory(to: ProtobufCMessageUnknownField.self, capacity: elements.count)
    for (index, element) in elements.enumerated() {
      let data = storage.arena.allocateForProgram(element.field.count)
      element.field.withUnsafeBytes { if let start = $0.baseAddress { memcpy(data, start, $0.count) } }
      (added + index).initialize(
        to: ProtobufCMessageUnknownField(
          tag: number, wire_type: PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, len: element.field.count,
          data: data.assumingMemoryBound(to: UInt8.self)))
    }
    header.pointee.unknown_fields = added
    header.pointee.n_unknown_fields = UInt32(elements.count)
    extendLifetime(storage.arena)
  }

  /// The same message, whose fields show what ``add(_:)`` has added: this one when there is nothing.
  func showingAdded() throws(JSONWritingError) -> Self {
    let header = storage.pointer.assumingMemoryBound(to: ProtobufCMessage.self)
    guard header.pointee.n_unknown_fields > 0, let fields = header.pointee.unknown_fields else { return self }
    let known = Set(Self.descriptor.fields.map(\.number))
    guard (0..<Int(header.pointee.n_unknown_fields)).contains(where: { known.contains(fields[$0].tag) }) else {
      return self
    }
    do {
      return try Self(decoding: try encoded(), in: Arena(limit: storage.arena.limit))
    } catch {
      throw .invalid(type: Self.descriptor.fullName)
    }
  }
}

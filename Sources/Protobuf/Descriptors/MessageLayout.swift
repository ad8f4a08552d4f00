package import CProtobufC
import Synchronization

/// A message type worked out for speed: made once from protobuf-c's descriptor, immortal, never changed after.
package struct MessageLayout {
  package let c: UnsafePointer<ProtobufCMessageDescriptor>
  /// Size of the struct in bytes.
  package let size: Int
  package let fields: UnsafeMutableBufferPointer<FieldLayout>
  /// Whether a field is `required` (proto2).
  private(set) var hasRequired = false
  /// The fields by name.
  private(set) var names = FieldNames.none
  /// Whether the message has a JSON form of its own.
  let wellKnown: WellKnownType
  /// Whether it is a point or a span of time, or may have one inside: see ``TimeRangeCheck``.
  private(set) var hasTimes = false

  /// The layout for a descriptor; the same pointer each time.
  package static func of(_ descriptor: UnsafePointer<ProtobufCMessageDescriptor>) -> UnsafeMutablePointer<Self> {
    let key = UInt(bitPattern: descriptor)
    let address = known.withLock { known in
      known[key] ?? whole(key, known: &known)
    }
    return UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
  }

  /// Makes the layout for a descriptor and those of all messages inside, and then finds out what takes all of them.
  private static func whole(_ key: UInt, known: inout [UInt: UInt]) -> UInt {
    var made: [UnsafeMutablePointer<Self>] = []
    let address = UInt(bitPattern: layout(of: key, known: &known, made: &made))
    for layout in made {
      var seen: Set<UInt> = []
      layout.pointee.hasTimes = mayHaveTimes(layout, &seen)
    }
    return address
  }

  private static func layout(
    of key: UInt, known: inout [UInt: UInt], made: inout [UnsafeMutablePointer<Self>]
  ) -> UnsafeMutablePointer<Self> {
    if let address = known[key], let made = UnsafeMutablePointer<Self>(bitPattern: address) { return made }
    let descriptor = UnsafePointer<ProtobufCMessageDescriptor>(bitPattern: key).unsafelyUnwrapped
    precondition(descriptor.pointee.magic == messageMagic, "not a protobuf-c message descriptor")
    let layout = UnsafeMutablePointer<Self>.allocate(capacity: 1)
    let count = Int(descriptor.pointee.n_fields)
    let fields = UnsafeMutableBufferPointer<FieldLayout>.allocate(capacity: count)
    layout.initialize(
      to: Self(
        c: descriptor, size: descriptor.pointee.sizeof_message, fields: fields,
        wellKnown: WellKnownType(fullName: String(cString: descriptor.pointee.name))))
    known[key] = UInt(bitPattern: layout)
    made.append(layout)
    for index in 0..<count {
      let field = descriptor.pointee.fields + index
      var message: UnsafeMutablePointer<Self>?
      if field.pointee.type == PROTOBUF_C_TYPE_MESSAGE, let sub = field.pointee.descriptor {
        message = self.layout(of: UInt(bitPattern: sub), known: &known, made: &made)
      }
      fields.initializeElement(at: index, to: FieldLayout(field, of: descriptor, message: message))
      if fields[index].presence == .required { layout.pointee.hasRequired = true }
    }
    layout.pointee.names = FieldNames(fields)
    return layout
  }

  /// Addresses of descriptors and of their layouts.
  private static let known = Mutex<[UInt: UInt]>([:])

  /// PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC.
  private static let messageMagic: UInt32 = 0x28aa_eef9

  /// The field with this number: the one at `hint` or after it if the fields come in order, else by bisection.
  func field(numbered number: UInt32, hint: inout Int) -> UnsafePointer<FieldLayout>? {
    guard let base = fields.baseAddress else { return nil }
    if hint < fields.count, base[hint].number == number { return UnsafePointer(base + hint) }
    var low = 0
    var high = fields.count
    while low < high {
      let middle = (low + high) / 2
      if base[middle].number < number { low = middle + 1 } else { high = middle }
    }
    guard low < fields.count, base[low].number == number else { return nil }
    hint = low
    return UnsafePointer(base + low)
  }
}

extension FieldLayout {
  fileprivate init(
    _ field: UnsafePointer<ProtobufCFieldDescriptor>, of parent: UnsafePointer<ProtobufCMessageDescriptor>,
    message: UnsafeMutablePointer<MessageLayout>?
  ) {
    let description = field.pointee
    guard let type = FieldType(rawValue: UInt8(truncatingIfNeeded: description.type.rawValue)) else {
      preconditionFailure("a field type that protobuf-c 1.4 does not know")
    }
    let isPacked = description.flags & PROTOBUF_C_FIELD_FLAG_PACKED.rawValue != 0
    let isRepeated = description.label == PROTOBUF_C_LABEL_REPEATED
    let isWrittenPacked = isRepeated && isPacked && type.wireType != .lengthDelimited
    let wireType = isWrittenPacked ? WireType.lengthDelimited : type.wireType
    var bytes: [UInt8] = []
    var rest = description.id << 3 | UInt32(wireType.rawValue)
    while rest > 0x7f {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    c = field
    self.message = message
    tag = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } << (64 - 8 * UInt64(bytes.count))
    tagBytes = bytes.count
    offset = Int(description.offset)
    quantifierOffset = Int(description.quantifier_offset)
    number = description.id
    defaultValue = description.default_value
    presence = FieldPresence(description, type)
    self.type = type
    isMap = isRepeated && FieldLayout.isMapEntry(message?.pointee.c, field: field, parent: parent)
    self.isPacked = isWrittenPacked
    encoding = FieldEncoding(presence, type)
  }

  /// Whether `message` is the entry type that protoc makes for a map field: `LabelsEntry { key = 1; value = 2 }`
  /// inside the message that has the field `labels`. Our generator refuses messages that only look like it.
  private static func isMapEntry(
    _ message: UnsafePointer<ProtobufCMessageDescriptor>?, field: UnsafePointer<ProtobufCFieldDescriptor>,
    parent: UnsafePointer<ProtobufCMessageDescriptor>
  ) -> Bool {
    guard let message, message.pointee.n_fields == 2 else { return false }
    let entry =
      String(cString: parent.pointee.name) + "."
      + camelCase(String(cString: field.pointee.name), upperFirst: true) + "Entry"
    guard String(cString: message.pointee.name) == entry else { return false }
    let fields: UnsafePointer<ProtobufCFieldDescriptor> = message.pointee.fields
    return fields[0].id == 1 && String(cString: fields[0].name) == "key"
      && fields[1].id == 2 && String(cString: fields[1].name) == "value"
  }

  /// protoc's rule for JSON names and names of map entries: underscores go, the letter after one is upper case.
  package static func camelCase(_ name: String, upperFirst: Bool) -> String {
    var result = ""
    var upper = upperFirst
    for character in name {
      if character == "_" {
        upper = true
      } else {
        result += upper ? character.uppercased() : String(character)
        upper = false
      }
    }
    return result
  }
}

extension FieldPresence {
  fileprivate init(_ field: ProtobufCFieldDescriptor, _ type: FieldType) {
    if field.label == PROTOBUF_C_LABEL_REPEATED {
      self = .repeated
    } else if field.flags & PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue != 0 {
      self = .oneof
    } else if type == .message {
      self = .pointer
    } else if field.label == PROTOBUF_C_LABEL_NONE {
      self = .implicit
    } else if type == .string {
      self = .pointer
    } else {
      self = field.label == PROTOBUF_C_LABEL_OPTIONAL ? .flag : .required
    }
  }
}

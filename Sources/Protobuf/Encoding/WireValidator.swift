import CProtobufC

/// Reads an encoding through once before any memory is taken for it: every length within its bounds, every string
/// UTF-8 without NUL, nesting and counts within limits. protobuf-c then only sees what is well formed.
struct WireValidator {
  private let base: UnsafeRawPointer
  private let limits: DecodeLimits
  private var elements = 0
  private var hasUnknownFields = false

  /// Throws what is wrong with `bytes` as a message of type `layout`.
  /// - Returns: whether there are fields in it that the type, or that of a message inside, does not have.
  static func check(
    _ bytes: UnsafeRawBufferPointer, of layout: UnsafePointer<MessageLayout>, limits: DecodeLimits
  ) throws(DecodeError) -> Bool {
    guard bytes.count <= limits.bytesMax else { throw .tooLong(limit: limits.bytesMax) }
    guard let base = bytes.baseAddress else {
      try WireValidator(base: UnsafeRawPointer(layout), limits: limits).checkRequired(layout, seen: 0)
      return false
    }
    var validator = WireValidator(base: base, limits: limits)
    try validator.checkMessage(from: 0, to: bytes.count, of: layout, depth: 1)
    return validator.hasUnknownFields
  }

  private init(base: UnsafeRawPointer, limits: DecodeLimits) {
    self.base = base
    self.limits = limits
  }

  private mutating func checkMessage(
    from start: Int, to end: Int, of layout: UnsafePointer<MessageLayout>, depth: Int
  ) throws(DecodeError) {
    guard depth <= limits.depthMax else { throw .tooDeep(limit: limits.depthMax) }
    var position = start
    var hint = 0
    var seen: UInt64 = 0
    while position < end {
      let tag = try varint(&position, end)
      try count(1)
      guard tag <= UInt64(UInt32.max), let wireType = WireType(rawValue: UInt8(tag & 7)), tag >> 3 != 0 else {
        throw .invalidTag
      }
      let contents = position
      let next = try skip(wireType, &position, end)
      if let field = layout.pointee.field(numbered: UInt32(tag >> 3), hint: &hint) {
        if hint < 64 { seen |= 1 << UInt64(hint) }
        do throws(DecodeError) {
          try checkField(field, wireType, from: next ?? contents, to: position, depth: depth)
        } catch {
          throw error.inside(name(field, at: contents, ofMessageFrom: start))
        }
        if field.pointee.presence != .repeated, hint + 1 < layout.pointee.fields.count { hint += 1 }
      } else {
        hasUnknownFields = true
      }
    }
    try checkRequired(layout, seen: seen)
  }

  /// Moves over a field's contents. For what has a length, returns where the contents begin after it.
  @inline(__always)
  private func skip(_ type: WireType, _ position: inout Int, _ end: Int) throws(DecodeError) -> Int? {
    switch type {
    case .varint:
      _ = try varint(&position, end)
      return nil
    case .fixed64: position += 8
    case .fixed32: position += 4
    case .lengthDelimited:
      let length = try varint(&position, end)
      guard length <= UInt64(end - position) else { throw .truncated }
      let contents = position
      position += Int(length)
      return contents
    }
    guard position <= end else { throw .truncated }
    return nil
  }

  private mutating func checkField(
    _ field: UnsafePointer<FieldLayout>, _ wireType: WireType, from start: Int, to end: Int, depth: Int
  ) throws(DecodeError) {
    let type = field.pointee.type
    guard wireType == type.wireType else {
      guard field.pointee.presence == .repeated, wireType == .lengthDelimited else {
        throw .wireTypeMismatch(field: "")
      }
      return try checkPacked(type, from: start, to: end)
    }
    switch type {
    case .string:
      switch UTF8Check.check(base + start, count: end - start) {
      case .valid: break
      case .hasNUL: throw .nulInString(field: "")
      case .invalid: throw .invalidUTF8(field: "")
      }
    case .message:
      guard let message = field.pointee.message else { throw .invalidTag }
      try checkMessage(from: start, to: end, of: message, depth: depth + 1)
    default: break
    }
  }

  private mutating func checkPacked(_ type: FieldType, from start: Int, to end: Int) throws(DecodeError) {
    elements -= 1  // its tag, which has been counted
    switch type.wireType {
    case .fixed32, .fixed64:
      let size = type.wireType == .fixed32 ? 4 : 8
      guard (end - start).isMultiple(of: size) else { throw .truncated }
      try count((end - start) / size)
    case .varint:
      var position = start
      while position < end {
        _ = try varint(&position, end)
        try count(1)
      }
    case .lengthDelimited: break
    }
  }

  private func checkRequired(_ layout: UnsafePointer<MessageLayout>, seen: UInt64) throws(DecodeError) {
    guard layout.pointee.hasRequired else { return }
    for (index, field) in layout.pointee.fields.enumerated() where field.presence == .required {
      guard index < 64, seen & (1 << UInt64(index)) != 0 else {
        throw .missingRequiredField(message: String(cString: layout.pointee.c.pointee.name))
      }
    }
  }

  private mutating func count(_ more: Int) throws(DecodeError) {
    elements += more
    guard elements <= limits.elementsMax else { throw .tooManyElements(limit: limits.elementsMax) }
  }

  @inline(__always)
  private func varint(_ position: inout Int, _ end: Int) throws(DecodeError) -> UInt64 {
    guard position < end else { throw .truncated }
    let first = base.load(fromByteOffset: position, as: UInt8.self)
    if first < 0x80 {
      position += 1
      return UInt64(first)
    }
    return try longVarint(&position, end)
  }

  @inline(never)
  private func longVarint(_ position: inout Int, _ end: Int) throws(DecodeError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw .truncated }
      let byte = base.load(fromByteOffset: position, as: UInt8.self)
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw .malformedVarint
  }

  /// The path, for errors, of the field whose contents begin at `contents`; a repeated field has an index.
  @inline(never)
  private func name(
    _ field: UnsafePointer<FieldLayout>, at contents: Int, ofMessageFrom start: Int
  ) -> String {
    let name = String(cString: field.pointee.c.pointee.name)
    guard field.pointee.presence == .repeated else { return name }
    var (position, index) = (start, 0)
    do throws(DecodeError) {
      while true {
        let tag = try varint(&position, contents)
        guard position < contents, let type = WireType(rawValue: UInt8(tag & 7)) else { break }
        _ = try skip(type, &position, contents)
        if tag >> 3 == UInt64(field.pointee.number) { index += 1 }
      }
    } catch {
      return name  // which cannot be: all of it has been read once
    }
    return "\(name)[\(index)]"
  }
}

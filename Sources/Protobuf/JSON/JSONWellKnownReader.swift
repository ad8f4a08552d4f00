import Glibc

extension JSONReader {
  /// Reads a message that has a JSON form of its own.
  mutating func wellKnown(
    _ target: UnsafeMutableRawPointer, _ layout: Layout, depth: Int
  ) throws(JSONError) {
    let fields = Field(layout.pointee.fields.baseAddress.unsafelyUnwrapped)
    switch layout.pointee.wellKnown {
    case .none: try object(target, layout, depth: depth)
    case .wrapper: _ = try value(fields, target + fields.pointee.offset, depth: depth)
    case .any: try any(target, layout, depth: depth)
    case .fieldMask: try fieldMask(target, fields)
    case .timestamp:
      let place = cursor.next
      let text = try plain(try quoted("a point in time of RFC 3339"))
      guard let time = TimestampText(text.bytes) else {
        throw cursor.error(.unexpected("a point in time of RFC 3339"), at: place)
      }
      store(time.seconds, time.nanos, target, fields)
    case .duration:
      let place = cursor.next
      let text = try plain(try quoted("a duration such as \"1.5s\""))
      guard let duration = DurationText(text.bytes) else {
        throw cursor.error(.unexpected("a duration such as \"1.5s\""), at: place)
      }
      store(duration.seconds, duration.nanos, target, fields)
    }
  }

  private func store(_ seconds: Int64, _ nanos: Int32, _ target: UnsafeMutableRawPointer, _ fields: Field) {
    (target + fields[0].offset).storeBytes(of: seconds, as: Int64.self)
    (target + fields[1].offset).storeBytes(of: nanos, as: Int32.self)
  }

  /// Reads paths separated by commas, each in lowerCamelCase.
  private mutating func fieldMask(_ target: UnsafeMutableRawPointer, _ paths: Field) throws(JSONError) {
    let place = cursor.next
    let text = try plain(try quoted("paths of fields"))
    var elements = GrowingElements(stride: 8)
    var start = 0
    while text.count > 0, start <= text.count {
      var end = start
      while end < text.count, text.start[end] != UInt8(ascii: ",") { end += 1 }
      let path = UnsafeRawBufferPointer(rebasing: text.bytes[start..<end])
      guard let room = arena.allocate(2 * path.count + 1), let element = elements.append(in: arena) else {
        throw arenaError()
      }
      let name = room.assumingMemoryBound(to: UInt8.self)
      guard let count = FieldMaskPath.snakeCase(path, into: name) else {
        throw cursor.error(.unexpected("paths of fields"), at: place)
      }
      name[count] = 0
      element.storeBytes(of: name, as: UnsafeMutablePointer<UInt8>.self)
      start = end + 1
    }
    elements.store(in: target + paths.pointee.offset, count: target + paths.pointee.quantifierOffset)
  }

  /// Reads an object whose `@type` names the message type of its other members.
  private mutating func any(
    _ target: UnsafeMutableRawPointer, _ layout: Layout, depth: Int
  ) throws(JSONError) {
    guard cursor.peek() == UInt8(ascii: "{") else { throw cursor.error(.unexpected("an object")) }
    let beginning = cursor
    guard let url = try typeURL(depth: depth) else { return }
    guard let type = options.types.type(url: url.string) else { throw beginning.error(.unknownType) }
    cursor = beginning
    let content = Layout(type.layout)
    let message = try make(content)
    if content.pointee.wellKnown == .none {
      try object(message, content, depth: depth, skipping: "@type")
    } else {
      try valueMember(message, content, depth: depth)
    }
    try pack(MessageStorage(arena: arena, pointer: message), of: type, url: url, into: target, layout)
  }

  /// Looks ahead for the `@type` of an Any. Nil for an empty object, which is an empty Any.
  private mutating func typeURL(depth: Int) throws(JSONError) -> JSONText? {
    let place = cursor.next
    guard cursor.take("{") else { throw cursor.error(.unexpected("an object")) }
    if cursor.take("}") { return nil }
    repeat {
      if try plain(try cursor.name()).equals("@type") {
        return try plain(try quoted("a type's URL"))
      }
      try cursor.skipValue(depth: depth + 1)
    } while try cursor.takeComma(orEnd: "}")
    throw cursor.error(.unknownType, at: place)
  }

  /// Reads the `value` of an Any whose message has a JSON form of its own.
  private mutating func valueMember(
    _ message: UnsafeMutableRawPointer, _ layout: Layout, depth: Int
  ) throws(JSONError) {
    guard depth < JSONCursor.depthMax else { throw cursor.error(.tooDeep(limit: JSONCursor.depthMax)) }
    guard cursor.take("{") else { throw cursor.error(.unexpected("an object")) }
    var hasValue = false
    repeat {
      let place = cursor.next
      let name = try plain(try cursor.name())
      if name.equals("value") {
        guard !hasValue else { throw cursor.error(.duplicate, at: place) }
        hasValue = true
        try self.message(message, layout, depth: depth + 1)
      } else {
        guard name.equals("@type") || options.ignoresUnknown else {
          throw cursor.error(.unknownField, at: place).inside(name.echoed)
        }
        try cursor.skipValue(depth: depth + 1)
      }
    } while try cursor.takeComma(orEnd: "}")
    guard hasValue else { throw cursor.error(.unexpected("a member \"value\"")) }
  }

  /// Encodes what an Any holds.
  private func pack(
    _ message: MessageStorage, of type: MessageDescriptor, url: JSONText, into target: UnsafeMutableRawPointer,
    _ layout: Layout
  ) throws(JSONError) {
    var buffer = EncodeBuffer(capacity: 256)
    do throws(EncodeError) {
      try buffer.prepend(message, of: type)
    } catch {
      throw cursor.error(.tooDeep(limit: JSONCursor.depthMax))
    }
    let fields = Field(layout.pointee.fields.baseAddress.unsafelyUnwrapped)
    let count = buffer.count
    guard let copy = arena.allocate(count), let text = arena.allocate(url.count + 1) else { throw arenaError() }
    buffer.withUnsafeBytes { bytes in
      if let source = bytes.baseAddress { memcpy(copy, source, count) }
    }
    memcpy(text, url.start, url.count)
    text.storeBytes(of: 0, toByteOffset: url.count, as: UInt8.self)
    (target + fields[0].offset).storeBytes(of: text, as: UnsafeMutableRawPointer.self)
    (target + fields[1].offset).storeBytes(of: count, as: Int.self)
    (target + fields[1].offset + 8).storeBytes(of: copy, as: UnsafeMutableRawPointer.self)
  }
}

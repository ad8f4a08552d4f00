import Glibc

/// Reads proto3 JSON straight into the structs of messages: one pass, no tree between.
struct JSONReader {
  var cursor: JSONCursor
  let arena: Arena
  let options: JSONReadingOptions

  init(_ text: UnsafeRawBufferPointer, arena: Arena, options: JSONReadingOptions) {
    cursor = JSONCursor(text, elementsMax: options.elementsMax)
    self.arena = arena
    self.options = options
  }

  typealias Layout = UnsafePointer<MessageLayout>
  typealias Field = UnsafePointer<FieldLayout>

  /// Reads a message in its JSON form into the struct at `target`. Fields that do not come keep their values.
  mutating func message(
    _ target: UnsafeMutableRawPointer, _ layout: Layout, depth: Int
  ) throws(JSONError) {
    if layout.pointee.wellKnown == .none {
      try object(target, layout, depth: depth)
    } else {
      try wellKnown(target, layout, depth: depth)
    }
  }

  /// Reads an object of fields. `skipping` is a member that is not a field (the `@type` of an Any).
  mutating func object(
    _ target: UnsafeMutableRawPointer, _ layout: Layout, depth: Int, skipping: StaticString? = nil
  ) throws(JSONError) {
    guard depth <= JSONCursor.depthMax else { throw cursor.error(.tooDeep(limit: JSONCursor.depthMax)) }
    guard cursor.take("{") else { throw cursor.error(.unexpected("an object")) }
    if cursor.take("}") { return }
    var seen = SeenFields(layout.pointee.fields.count)
    repeat {
      let place = cursor.next
      let name = try plain(try cursor.name())
      guard let index = layout.pointee.names.index(of: name.start, count: name.count) else {
        if let skipping, name.equals(skipping) || options.ignoresUnknown {
          try cursor.skipValue(depth: depth + 1)
        } else if options.ignoresUnknown {
          try cursor.skipValue(depth: depth + 1)
        } else {
          throw cursor.error(.unknownField, at: place).inside(name.echoed)
        }
        continue
      }
      let field = Field(layout.pointee.fields.baseAddress.unsafelyUnwrapped + index)
      do throws(JSONError) {
        guard seen.insert(index) else { throw cursor.error(.duplicate, at: place) }
        if !cursor.takeNull() { try self.field(field, of: target, depth: depth) }
      } catch {
        throw error.inside(name.echoed)
      }
    } while try cursor.takeComma(orEnd: "}")
  }

  /// Reads a field's value, which is not null.
  mutating func field(_ field: Field, of target: UnsafeMutableRawPointer, depth: Int) throws(JSONError) {
    let value = target + field.pointee.offset
    let quantifier = target + field.pointee.quantifierOffset
    switch field.pointee.presence {
    case .repeated:
      if field.pointee.isMap {
        try map(field, value, count: quantifier, depth: depth)
      } else {
        try array(field, value, count: quantifier, depth: depth)
      }
    case .oneof:
      let present = quantifier.load(as: UInt32.self)
      guard present == 0 || present == field.pointee.number else { throw cursor.error(.secondOfOneof) }
      if present == 0 { memset(value, 0, field.pointee.type.stride) }
      if try self.value(field, value, depth: depth) {
        quantifier.storeBytes(of: field.pointee.number, as: UInt32.self)
      }
    case .flag:
      if try self.value(field, value, depth: depth) { quantifier.storeBytes(of: 1, as: Int32.self) }
    case .implicit, .pointer, .required:
      _ = try self.value(field, value, depth: depth)
    }
  }

  /// Reads one value into `target`. False when an unknown enum name was skipped.
  mutating func value(_ field: Field, _ target: UnsafeMutableRawPointer, depth: Int) throws(JSONError) -> Bool {
    switch field.pointee.type {
    case .string: try string(target)
    case .bytes: try bytes(target)
    case .message: try nested(field, target, depth: depth)
    case .enumeration: return try enumeration(field, target)
    case .bool: target.storeBytes(of: try bool() ? 1 : 0, as: Int32.self)
    case .int32, .sint32, .sfixed32: target.storeBytes(of: try integer(Int32.self), as: Int32.self)
    case .uint32, .fixed32: target.storeBytes(of: try integer(UInt32.self), as: UInt32.self)
    case .int64, .sint64, .sfixed64: target.storeBytes(of: try integer(Int64.self), as: Int64.self)
    case .uint64, .fixed64: target.storeBytes(of: try integer(UInt64.self), as: UInt64.self)
    case .float: target.storeBytes(of: try float(), as: Float.self)
    case .double: target.storeBytes(of: try double(), as: Double.self)
    }
    return true
  }

  private mutating func nested(_ field: Field, _ target: UnsafeMutableRawPointer, depth: Int) throws(JSONError) {
    let layout = try layout(of: field)
    if let child = target.load(as: UnsafeMutableRawPointer?.self) {
      return try message(child, layout, depth: depth + 1)
    }
    let child = try make(layout)
    target.storeBytes(of: child, as: UnsafeMutableRawPointer.self)
    try message(child, layout, depth: depth + 1)
  }

  private mutating func array(
    _ field: Field, _ target: UnsafeMutableRawPointer, count: UnsafeMutableRawPointer, depth: Int
  ) throws(JSONError) {
    count.storeBytes(of: 0, as: Int.self)
    guard cursor.take("[") else { throw cursor.error(.unexpected("an array")) }
    if cursor.take("]") { return }
    var elements = GrowingElements(stride: field.pointee.type.stride)
    repeat {
      guard let element = elements.append(in: arena) else { throw arenaError() }
      do throws(JSONError) {
        if try !value(field, element, depth: depth) { elements.removeLast() }
      } catch {
        throw error.inside("[\(elements.count - 1)]")
      }
    } while try cursor.takeComma(orEnd: "]")
    elements.store(in: target, count: count)
  }

  private mutating func map(
    _ field: Field, _ target: UnsafeMutableRawPointer, count: UnsafeMutableRawPointer, depth: Int
  ) throws(JSONError) {
    let entry = try layout(of: field)
    count.storeBytes(of: 0, as: Int.self)
    guard depth < JSONCursor.depthMax else { throw cursor.error(.tooDeep(limit: JSONCursor.depthMax)) }
    guard cursor.take("{") else { throw cursor.error(.unexpected("an object")) }
    if cursor.take("}") { return }
    let key = Field(entry.pointee.fields.baseAddress.unsafelyUnwrapped)
    let value = key + 1
    var entries = GrowingElements(stride: 8)
    var keys = MapKeys(type: key.pointee.type)
    repeat {
      let place = cursor.next
      guard let slot = entries.append(in: arena) else { throw arenaError() }
      let made = try make(entry)
      slot.storeBytes(of: made, as: UnsafeMutableRawPointer.self)
      let name = try plain(try cursor.name())
      do throws(JSONError) {
        try mapKey(name, key.pointee.type, made + key.pointee.offset, at: place)
        guard keys.insert(made + key.pointee.offset) else { throw cursor.error(.duplicate, at: place) }
        if try !self.value(value, made + value.pointee.offset, depth: depth + 1) { entries.removeLast() }
      } catch {
        throw error.inside("[\"\(name.echoed)\"]")
      }
    } while try cursor.takeComma(orEnd: "}")
    entries.store(in: target, count: count)
  }

  func layout(of field: Field) throws(JSONError) -> Layout {
    guard let layout = field.pointee.message else { throw cursor.error(.unknownType) }
    return Layout(layout)
  }

  /// A message with all defaults.
  func make(_ layout: Layout) throws(JSONError) -> UnsafeMutableRawPointer {
    let descriptor = MessageDescriptor(layout: UnsafeMutablePointer(mutating: layout))
    guard let made = descriptor.makeWithinLimit(in: arena) else { throw arenaError() }
    return made.pointer
  }

  func arenaError() -> JSONError { cursor.error(.arenaLimit(bytes: arena.limit)) }

  /// The text with its escapes undone, in place if it has none.
  func plain(_ text: JSONText) throws(JSONError) -> JSONText {
    if !text.hasEscapes { return text }
    guard let room = arena.allocate(text.count) else { throw arenaError() }
    let target = room.assumingMemoryBound(to: UInt8.self)
    return JSONText(start: target, count: try cursor.unescape(text, into: target), hasEscapes: false)
  }
}

internal import CProtobufC

/// Finds points in time and spans of time that are out of range, wherever in a message they are, by its descriptor: so
/// whoever handles a message need not think of them.
enum TimeRangeCheck {
  /// Checks a message that has just been decoded; one whose type has no such field anywhere is not looked at.
  ///
  /// It looks at the message and not at its bytes, because a field that comes twice is merged from both.
  static func check(
    _ message: UnsafeRawPointer, of layout: UnsafePointer<MessageLayout>
  ) throws(DecodeError) {
    if layout.pointee.hasTimes { try checkAll(message, layout) }
  }

  /// Whether a message of such a type is in range; true of any other message.
  static func isInRange(_ message: UnsafeRawPointer, of layout: UnsafePointer<MessageLayout>) -> Bool {
    guard layout.pointee.wellKnown == .timestamp || layout.pointee.wellKnown == .duration else { return true }
    let seconds = message.load(fromByteOffset: layout.pointee.fields[0].offset, as: Int64.self)
    let nanos = message.load(fromByteOffset: layout.pointee.fields[1].offset, as: Int32.self)
    return layout.pointee.wellKnown == .timestamp
      ? TimestampText(seconds: seconds, nanos: nanos) != nil : DurationText(seconds: seconds, nanos: nanos) != nil
  }

  private static func checkAll(
    _ message: UnsafeRawPointer, _ layout: UnsafePointer<MessageLayout>
  ) throws(DecodeError) {
    guard isInRange(message, of: layout) else {
      throw layout.pointee.wellKnown == .timestamp ? .timestampOutOfRange(field: "") : .durationOutOfRange(field: "")
    }
    for field in layout.pointee.fields {
      guard let child = field.message, child.pointee.hasTimes else { continue }
      let value = message + field.offset
      let quantifier = message + field.quantifierOffset
      switch field.presence {
      case .repeated: try checkElements(field, child, at: value, count: quantifier.load(as: Int.self))
      case .oneof where quantifier.load(as: UInt32.self) != field.number: break
      default: try checkOne(field, child, at: value)
      }
    }
  }

  private static func checkOne(
    _ field: FieldLayout, _ layout: UnsafePointer<MessageLayout>, at place: UnsafeRawPointer, index: Int? = nil
  ) throws(DecodeError) {
    guard let message = place.load(as: UnsafeRawPointer?.self) else { return }
    do throws(DecodeError) {
      try checkAll(message, layout)
    } catch {
      let name = String(cString: field.c.pointee.name)
      throw error.inside(index.map { "\(name)[\($0)]" } ?? name)
    }
  }

  private static func checkElements(
    _ field: FieldLayout, _ layout: UnsafePointer<MessageLayout>, at place: UnsafeRawPointer, count: Int
  ) throws(DecodeError) {
    guard count > 0, let elements = place.load(as: UnsafeRawPointer?.self) else { return }
    for index in 0..<count { try checkOne(field, layout, at: elements + 8 * index, index: index) }
  }
}

extension MessageLayout {
  /// Whether a message of this type, or one inside it, may have a point or a span of time.
  static func mayHaveTimes(_ layout: UnsafePointer<MessageLayout>, _ seen: inout Set<UInt>) -> Bool {
    guard seen.insert(UInt(bitPattern: layout)).inserted else { return false }
    if layout.pointee.wellKnown == .timestamp || layout.pointee.wellKnown == .duration { return true }
    return layout.pointee.fields.contains { $0.message.map { mayHaveTimes($0, &seen) } ?? false }
  }
}

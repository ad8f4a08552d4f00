internal import Glibc
internal import Protobuf

/// Parses Postgres's text form of a one-dimensional array: `{a,"b \"c\"",NULL}`.
enum ArrayText {
  /// Appends the elements to a repeated field; NULLs are left out, since protobuf has none.
  static func append(
    _ text: UnsafePointer<CChar>, _ element: ColumnConversion, to field: FieldDescriptor, of message: MessageStorage
  ) throws(ColumnConversion.Failure) {
    // The elements are unescaped in place, each ending with a NUL of its own.
    let length = Int(strlen(text))
    guard let copy = message.arena.allocate(length + 1)?.assumingMemoryBound(to: CChar.self) else { throw .arenaFull }
    memcpy(copy, text, length + 1)
    var next = copy
    guard take("{", &next) else { throw .unfit }
    if take("}", &next) && next.pointee == 0 { return }
    while true {
      let isQuoted = next.pointee == character("\"")
      let start = isQuoted ? next + 1 : next
      let end = try isQuoted ? unquote(&next) : skipPlain(&next)
      let separator = next.pointee
      guard separator == character(",") || separator == character("}") else { throw .unfit }
      next += 1
      end.pointee = 0
      if isQuoted || strcmp(start, "NULL") != 0 {
        guard let slot = message.append(field) else { throw .arenaFull }
        try element.store(start, at: slot.pointer, in: message.arena)
      }
      if separator == character("}") { break }
    }
    guard next.pointee == 0 else { throw .unfit }
  }

  private static func character(_ scalar: Unicode.Scalar) -> CChar { CChar(truncatingIfNeeded: scalar.value) }

  private static func take(_ scalar: Unicode.Scalar, _ next: inout UnsafeMutablePointer<CChar>) -> Bool {
    guard next.pointee == character(scalar) else { return false }
    next += 1
    return true
  }

  /// Removes the escapes of a quoted element in place, and moves `next` after it.
  /// - Returns: the end of the unescaped text.
  private static func unquote(
    _ next: inout UnsafeMutablePointer<CChar>
  ) throws(ColumnConversion.Failure) -> UnsafeMutablePointer<CChar> {
    next += 1
    var target = next
    while next.pointee != character("\"") {
      if next.pointee == character("\\") { next += 1 }
      guard next.pointee != 0 else { throw .unfit }
      target.pointee = next.pointee
      target += 1
      next += 1
    }
    next += 1
    return target
  }

  private static func skipPlain(
    _ next: inout UnsafeMutablePointer<CChar>
  ) throws(ColumnConversion.Failure) -> UnsafeMutablePointer<CChar> {
    while next.pointee != character(",") && next.pointee != character("}") {
      guard next.pointee != 0, next.pointee != character("{") else { throw .unfit }
      next += 1
    }
    return next
  }
}

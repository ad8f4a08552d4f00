/// A caller's own text where an error repeats it: cut, so that no answer grows with what was sent.
///
/// Scalars are counted, not characters as people see them: one of those may be any number of bytes.
package enum EchoedText {
  /// Unicode scalars that are repeated of a name, an id, or another text of a caller's.
  package static let scalarsMax = 100
  /// The end of a text that was cut.
  package static let ellipsis = "…"
  /// Bytes that the UTF-8 of a scalar has at most.
  private static let bytesPerScalarMax = 4

  /// The beginning of `text`, which is all of it when it is no longer than `scalarsMax`.
  package static func cut(_ text: String, scalarsMax: Int = scalarsMax) -> String {
    if text.utf8.count <= scalarsMax { return text }
    let scalars = text.unicodeScalars
    let end = scalars.index(scalars.startIndex, offsetBy: scalarsMax, limitedBy: scalars.endIndex) ?? scalars.endIndex
    return end == scalars.endIndex ? text : String(scalars[..<end]) + ellipsis
  }

  /// The same as ``cut(_:scalarsMax:)`` for UTF-8: it reads no more than it keeps.
  static func cut(utf8 bytes: some Collection<UInt8>) -> String {
    cut(String(decoding: bytes.prefix((scalarsMax + 1) * bytesPerScalarMax), as: UTF8.self))
  }
}

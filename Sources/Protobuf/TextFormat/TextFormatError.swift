/// Why a text is not the text format of a message, and where.
public struct TextFormatError: Error, Hashable, CustomStringConvertible {
  /// The error, in a few words.
  public let reason: String
  /// The path of the field, such as `variants.price.amount_minor`; empty for the outermost message.
  public internal(set) var path: String
  /// The line of the text, from 1.
  public let line: Int
  /// The byte of the line, from 1.
  public let column: Int

  /// One sentence.
  public var description: String {
    let place = "line \(line), column \(column)"
    return path.isEmpty ? "\(reason) at \(place)" : "\(path): \(reason) at \(place)"
  }

  /// The same error seen from the message that has the field.
  func inside(_ field: String) -> TextFormatError {
    var error = self
    let field = EchoedText.cut(field)
    error.path = path.isEmpty ? field : field + "." + path
    return error
  }
}

internal import UnicodeText

/// Text that people enter, as the shop stores and shows it: names, titles, lines of addresses, notes.
///
/// It has no blanks at its ends. It is in NFC, so equal texts have equal bytes. It holds no control characters, and
/// none of the bidirectional controls that change the order in which text reads. Its length is in code points of the
/// NFC form, which is also the unit of every limit of the API and of Postgres.
package struct EnteredText: Equatable, Sendable {
  /// The reason why a text is refused.
  package enum Fault: Error, Equatable {
    /// More characters than there may be.
    case tooLong
    /// Controls, line ends where there may be none, or code points that are no characters.
    case unprintable
    /// Something, but nothing that can be seen.
    case invisible
  }

  /// The white space that a text may hold.
  package enum Shape: Sendable {
    /// One line.
    case line
    /// Several lines, and tabs in them.
    case lines
  }

  /// Bytes before normalisation for each character that there may be: more is too long without a closer look.
  private static let bytesPerCharacterMax = 32

  /// The text; empty when nothing but blanks was typed.
  package let text: String

  /// Nothing.
  package static let none = EnteredText(verbatim: "")

  private init(verbatim: String) { text = verbatim }

  /// Reads a text that a user typed.
  package init(_ typed: String, charactersMax: Int, shape: Shape = .line) throws(Fault) {
    guard typed.utf8.count <= (charactersMax + 1) * Self.bytesPerCharacterMax else { throw .tooLong }
    let scalars = typed.trimmed.unicodeScalars
    guard scalars.allSatisfy({ $0.isPrintable || (shape == .lines && $0.isLayout) }) else { throw .unprintable }
    let text = String(String.UnicodeScalarView(scalars.filter { !$0.properties.isBidiControl })).nfc.trimmed
    guard text.unicodeScalars.count <= charactersMax else { throw .tooLong }
    guard text.isEmpty ? scalars.isEmpty : text.unicodeScalars.contains(where: \.isVisible) else { throw .invisible }
    self.text = text
  }

  /// A text that a program reports, such as a `user-agent`. It is cut and cleaned; a text that a user typed would be
  /// refused.
  package init(cutting told: String, charactersMax: Int) {
    let bytes = told.utf8.prefix(charactersMax * Self.bytesPerCharacterMax)
    let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.filter {
      $0.isPrintable && !$0.properties.isBidiControl
    }
    let text = String(String.UnicodeScalarView(scalars)).nfc.trimmed
    self.text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(charactersMax))).trimmed
  }
}

extension String {
  /// Without blanks, and what shows as nothing, at its ends.
  package var trimmed: String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.isBlank }),
      let last = scalars.lastIndex(where: { !$0.isBlank })
    else { return "" }
    return String(scalars[first...last])
  }
}

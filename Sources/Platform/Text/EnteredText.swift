internal import UnicodeText

/// Text that people typed, as the shop keeps and shows it: names, titles, lines of addresses, notes.
///
/// It has no blanks at its ends, is in NFC, so that what looks the same is the same, and holds neither controls nor the
/// bidirectional controls that make text read otherwise than it stands. Its length counts characters, by which every
/// limit of the API means Unicode code points of the NFC form, as Postgres counts them.
package struct EnteredText: Equatable, Sendable {
  /// Why something is no such text.
  package enum Fault: Error, Equatable {
    /// More characters than there may be.
    case tooLong
    /// Controls, line ends where there may be none, or code points that are no characters.
    case unprintable
    /// Something, but nothing that can be seen.
    case invisible
  }

  /// What may stand between the characters.
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

  /// What somebody typed.
  package init(_ typed: String, charactersMax: Int, shape: Shape = .line) throws(Fault) {
    guard typed.utf8.count <= (charactersMax + 1) * Self.bytesPerCharacterMax else { throw .tooLong }
    let scalars = typed.trimmed.unicodeScalars
    guard scalars.allSatisfy({ $0.isPrintable || (shape == .lines && $0.isLayout) }) else { throw .unprintable }
    let text = String(String.UnicodeScalarView(scalars.filter { !$0.properties.isBidiControl })).nfc.trimmed
    guard text.unicodeScalars.count <= charactersMax else { throw .tooLong }
    guard text.isEmpty ? scalars.isEmpty : text.unicodeScalars.contains(where: \.isVisible) else { throw .invisible }
    self.text = text
  }

  /// What a program says of itself, such as a `user-agent`: cut and cleaned, where what people type is refused.
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

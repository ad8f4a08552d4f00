package import Protobuf
internal import UnicodeText

/// A language of texts: a BCP 47 tag in its canonical form, such as `de-AT`, without extensions, which say nothing of
/// texts.
package struct LanguageTag: Hashable, Sendable {
  /// The tag.
  package let text: String

  /// English.
  package static let english = LanguageTag(canonical: "en")

  private init(canonical: String) { text = canonical }

  /// A tag in any case; nil for any other text.
  package init?(_ text: String) {
    guard let canonical = text.canonicalLanguageTag else { return nil }
    self.text = canonical
  }

  /// The language and those that it is a kind of, the most particular first: `zh-Hant-TW`, `zh-Hant`, `zh` (RFC 4647,
  /// section 3.4).
  var withBases: [LanguageTag] {
    var tags = [self]
    var rest = text[...]
    while let hyphen = rest.lastIndex(of: "-") {
      rest = rest[..<hyphen]
      tags.append(LanguageTag(canonical: String(rest)))
    }
    return tags
  }

  /// Whether it is this language, or a kind of it: `en-GB` is of `en`.
  func isOf(_ other: LanguageTag) -> Bool { text == other.text || text.hasPrefix(other.text + "-") }
}

extension RequestCheck {
  /// A field that must be a language tag.
  package mutating func language(_ text: Text, _ field: String) -> LanguageTag {
    if let tag = LanguageTag(text.string) { return tag }
    refuse(field, "Must be a language tag of up to 35 characters without extensions, such as de or de-AT.")
    return .english
  }
}

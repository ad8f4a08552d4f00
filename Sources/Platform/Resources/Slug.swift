package import Protobuf
internal import UnicodeText

/// The name of a resource in URLs: lower-case ASCII letters and digits in words, which single hyphens separate.
package struct Slug: Hashable, Sendable {
  /// The name.
  package let text: String

  /// The slug of a title in any script: `Щётка для обуви` becomes `setka-dla-obuvi`. Nil when nothing of the title can
  /// be written in ASCII.
  /// - Parameter charactersMax: where it is cut, at the end of a word if there is one.
  package init?(of title: String, charactersMax: Int) {
    var slug: [UInt8] = []
    for byte in Transliteration.ascii(title).utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): slug.append(byte)
      case UInt8(ascii: "'"): break
      default: if slug.last != Self.hyphen { slug.append(Self.hyphen) }
      }
    }
    let words = Self.trimmed(slug[...])
    let cut = Self.trimmed(words.count > charactersMax ? Self.cut(words, to: charactersMax) : words)
    guard !cut.isEmpty else { return nil }
    text = String(decoding: cut, as: UTF8.self)
  }

  /// A slug that somebody has written; nil for anything else.
  package init?(_ written: String, charactersMax: Int) {
    guard written.utf8.count <= charactersMax, Self(of: written, charactersMax: charactersMax)?.text == written else {
      return nil
    }
    text = written
  }

  private init(verbatim: String) { text = verbatim }

  /// Another slug, which nothing else has: for when a title's own slug is taken. Its last word is of the id.
  package func distinguished(by id: ID, charactersMax: Int) -> Slug {
    let mark = "-" + String(id.description.suffix(Self.markCount))
    let words = Self.trimmed(Array(text.utf8).prefix(max(charactersMax - mark.utf8.count, 0)))
    return Slug(verbatim: String(decoding: words, as: UTF8.self) + mark)
  }

  /// The slug of a resource whose title has none: the noun, and a word of its id.
  package static func of(_ noun: String, _ id: ID) -> Slug {
    Slug(verbatim: noun).distinguished(by: id, charactersMax: .max)
  }

  private static let hyphen = UInt8(ascii: "-")
  /// Digits of an id that distinguish one resource from others of its title.
  private static let markCount = 8

  private static func trimmed(_ slug: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let first = slug.firstIndex(where: { $0 != hyphen }), let last = slug.lastIndex(where: { $0 != hyphen })
    else { return [] }
    return slug[first...last]
  }

  private static func cut(_ slug: ArraySlice<UInt8>, to count: Int) -> ArraySlice<UInt8> {
    let kept = slug.prefix(count)
    guard slug[kept.endIndex] != hyphen, let end = kept.lastIndex(of: hyphen) else { return kept }
    return kept[..<end]
  }
}

extension RequestCheck {
  /// A field that must be a slug, or may be empty if it is not required.
  package mutating func slug(
    _ text: Text, _ field: String, upTo charactersMax: Int, isRequired: Bool = false
  ) -> Slug? {
    if text.isEmpty {
      require(!isRequired, field, "Must be set.")
      return nil
    }
    let slug = Slug(text.string, charactersMax: charactersMax)
    let orEmpty = isRequired ? "" : ", or be empty"
    require(
      slug != nil, field,
      "Must have at most \(charactersMax) lower-case letters, digits and single hyphens between them\(orEmpty).")
    return slug
  }
}

package import Protobuf

/// A message with texts that have translations.
package protocol LocalizedMessage: Message {
  /// The id of the resource.
  var resourceID: Text { get }
  /// The ids of other resources whose translated texts it shows.
  var otherResourceIDs: [Text] { get }
  /// The language of the translation that its texts are from.
  var locale: Text { get nonmutating set }

  /// Replaces each of its texts.
  func rewriteTexts(_ rewrite: (TranslatableText, Text) -> Text)
}

extension LocalizedMessage {
  /// None.
  package var otherResourceIDs: [Text] { [] }

  /// Its own texts.
  package var sources: TranslationSources {
    var sources = TranslationSources()
    rewriteTexts { place, text in
      if place.resource == resourceID { sources.add(place, text.string) }
      return text
    }
    return sources
  }
}

/// The place of a text that can be translated.
package struct TranslatableText {
  let resource: Text
  let path: String
  let charactersMax: Int
  let isLine: Bool

  /// A line at a path of a resource.
  package static func line(_ path: String, of resource: Text, upTo charactersMax: Int) -> TranslatableText {
    TranslatableText(resource: resource, path: path, charactersMax: charactersMax, isLine: true)
  }

  /// A text of several lines.
  package static func note(_ path: String, of resource: Text, upTo charactersMax: Int) -> TranslatableText {
    TranslatableText(resource: resource, path: path, charactersMax: charactersMax, isLine: false)
  }
}

/// The texts of a resource that can be translated, as they are now.
package struct TranslationSources: Equatable {
  private struct Source {
    let text: String
    let charactersMax: Int
    let isLine: Bool
  }

  private var places: [String: Source] = [:]

  /// None.
  package init() {}

  /// Whether the same texts are at the same paths.
  package static func == (a: TranslationSources, b: TranslationSources) -> Bool { a.texts == b.texts }

  /// Adds a text, unless it is empty.
  package mutating func add(_ place: TranslatableText, _ text: String) {
    if text.isEmpty { return }
    places[place.path] = Source(text: text, charactersMax: place.charactersMax, isLine: place.isLine)
  }

  /// The texts by their paths.
  package var texts: [String: String] { places.mapValues(\.text) }

  /// The translations in the field `texts` of a request, trimmed; empty ones are to be deleted. Notes what is wrong.
  package func checked(_ texts: MapField<Text, Text>, _ check: inout RequestCheck) -> [String: String] {
    var checked: [String: String] = [:]
    for (key, text) in texts.entries {
      let path = key.string
      guard let place = places[path] else {
        check.refuse("texts", "Must have the paths of texts of the resource; it has none at \(EchoedText.cut(path)).")
        continue
      }
      checked[path] =
        place.isLine
        ? check.line(text, "texts", upTo: place.charactersMax) : check.note(text, "texts", upTo: place.charactersMax)
    }
    return checked
  }
}

extension RequestCheck {
  /// The field `locale` of a resource that a caller writes: its texts must not be those of a translation.
  package mutating func isAsWritten(_ locale: Text, _ field: String) {
    require(locale.isEmpty, field, "Must be empty: write the texts as they were written, not a translation of them.")
  }
}

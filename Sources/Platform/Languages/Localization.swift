internal import Postgres
internal import Protobuf
package import RPC

/// Puts the texts of answers into the language that the caller asks for.
package struct Localization: Sendable {
  /// The shop's own language, in which resources are written.
  package let own: LanguageTag

  /// - Parameter own: the language in which resources are written.
  package init(own: LanguageTag = .english) { self.own = own }

  /// Replaces the texts of resources by those of the best language of each that the call accepts, and says which
  /// languages the answer is in. Without `accept-language`, it does nothing.
  package func localize(_ messages: some Collection<some LocalizedMessage>, for call: Call) async throws {
    let fields = call.metadata.values("accept-language")
    if fields.isEmpty || messages.isEmpty { return }
    let accepted = AcceptedLanguages(fields, own: own)
    let database = try call.database.connections
    let wanted = try await call.loop.knownLanguages.present(among: accepted.all, database)
    var used: Set<LanguageTag> = []
    if wanted.isEmpty {
      used.insert(own)
    } else {
      let ids = Set(messages.lazy.flatMap { [$0.resourceID] + $0.otherResourceIDs }.compactMap { ID($0.string) })
      let texts = try await TranslatedTexts(of: ids, in: wanted, database, call.arena)
      for message in messages { used.insert(rewrite(message, with: texts, accepted.chains)) }
    }
    call.headers.add("content-language", used.map(\.text).sorted().joined(separator: ", "))
  }

  /// - Returns: the language that the message is in.
  private func rewrite(
    _ message: some LocalizedMessage, with texts: TranslatedTexts, _ chains: [[LanguageTag]]
  ) -> LanguageTag {
    var choices: [Text: TranslatedTexts.Choice] = [:]
    for id in [message.resourceID] + message.otherResourceIDs { choices[id] = texts.choice(for: id, chains) }
    guard let language = (choices[message.resourceID] ?? choices.values.first)?.language else { return own }
    message.rewriteTexts { place, text in choices[place.resource]?.texts[place.path] ?? text }
    message.locale = message.storage.arena.text(language.text)
    return language
  }
}

/// The translations of some resources, as they were read.
private struct TranslatedTexts {
  /// The best language of a resource, and its texts by path.
  struct Choice {
    let language: LanguageTag
    let texts: [String: Text]
  }

  private var texts: [Text: [String: [String: Text]]] = [:]

  init(of ids: Set<ID>, in languages: Set<LanguageTag>, _ database: Database, _ arena: Arena) async throws {
    let rows = try await database.rows(StoredTranslations.texts(of: ids, in: languages))
    for row in rows {
      let (resource, locale) = (arena.text(try row.string("resource")), try row.string("locale"))
      texts[resource, default: [:]][locale, default: [:]][try row.string("path")] = arena.text(try row.string("text"))
    }
  }

  /// The texts of the first range that the resource has any for: each of the most particular language that has it. Nil
  /// for a resource that stays as it was written.
  func choice(for resource: Text, _ chains: [[LanguageTag]]) -> Choice? {
    guard let found = texts[resource] else { return nil }
    for chain in chains {
      let present = chain.filter { found[$0.text] != nil }
      guard let first = present.first else { continue }
      let merged = present.reversed().reduce(into: [String: Text]()) { merged, tag in
        merged.merge(found[tag.text] ?? [:]) { $1 }
      }
      return Choice(language: first, texts: merged)
    }
    return nil
  }
}

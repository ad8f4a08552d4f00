internal import Postgres
package import Protobuf
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
    if messages.isEmpty { return }
    guard let wish = try await wish(of: call) else { return }
    try await localize(messages, wish, for: call)
  }

  /// Adds messages to the response that has one field of their type, as ``localize(_:for:)`` makes them.
  package func add<Element: LocalizedMessage>(
    _ elements: [EncodedMessage<Element>], to response: some Message, for call: Call
  ) async throws {
    if elements.isEmpty { return }
    guard let wish = try await wish(of: call) else { return response.add(elements) }
    let messages = try elements.map { try $0.message(in: call.arena) }
    try await localize(messages, wish, for: call)
    response.add(try messages.map { try EncodedMessage($0) })
  }

  /// What a call accepts, as far as there are translations.
  private struct Wish {
    let accepted: AcceptedLanguages
    let languages: Set<LanguageTag>
  }

  /// - Returns: nil when the answer keeps the texts as they were written; then it says so, if it was asked.
  private func wish(of call: Call) async throws -> Wish? {
    let fields = call.metadata.values("accept-language")
    if fields.isEmpty { return nil }
    let accepted = AcceptedLanguages(fields, own: own)
    let languages = try await call.loop.knownLanguages.present(among: accepted.all, call.database.connections)
    if languages.isEmpty {
      call.headers.add("content-language", own.text)
      return nil
    }
    return Wish(accepted: accepted, languages: languages)
  }

  private func localize(
    _ messages: some Collection<some LocalizedMessage>, _ wish: Wish, for call: Call
  ) async throws {
    let ids = Set(messages.lazy.flatMap { [$0.resourceID] + $0.otherResourceIDs }.compactMap { ID($0.string) })
    let texts = try await TranslatedTexts(of: ids, in: wish.languages, call.database.connections, call.arena)
    var used: Set<LanguageTag> = []
    for message in messages { used.insert(rewrite(message, with: texts, wish.accepted.chains)) }
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

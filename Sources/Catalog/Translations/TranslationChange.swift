internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Other translations of the texts of a resource, in one language.
struct TranslationChange {
  private static let topic = "catalog.translation"
  private static let textsMax = 2_000

  let requestID: ID
  let resource: TranslatedResource
  private let language: LanguageTag
  private let texts: MapField<Text, Text>
  private let expected: ExpectedState

  /// - Parameter own: the language in which resources are written.
  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SetTranslationsRequest, by caller: Caller, own: LanguageTag) throws {
    var check = RequestCheck()
    resource = TranslatedResource(request.kind, request.resourceID, by: caller, &check)
    language = check.language(request.locale, "locale")
    check.require(
      LanguageTag(request.locale.string) != own, "locale",
      "Must not be \(own.text), in which resources are written: change the resource.")
    texts = request.texts
    check.require(
      (1...Self.textsMax).contains(texts.count), "texts",
      "Must have 1 to \(Self.textsMax) entries, and has \(texts.count).")
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the resource has changed since the caller looked; INVALID_ARGUMENT
  ///   for texts that do not fit the resource.
  func carryOut(in work: Work) async throws -> SetTranslationsResponse {
    try await resource.lock(in: expected, work)
    let sources = try await resource.read(work, in: work.arena).sources
    var check = RequestCheck()
    let texts = sources.checked(texts, &check)
    try check.verify()
    let query = StoredTranslations.translations(of: resource.id, in: language, comparedWith: sources)
    let before = try await work.first(Translation.self, query)
    guard try await StoredTranslations(of: resource.id, in: work).set(texts, in: language, sources) else {
      throw CatalogError.tooManyLocales
    }
    resource.renew(in: work)
    let response = SetTranslationsResponse(in: work.arena)
    response.translation = try await work.first(Translation.self, query)
    let state = try await resource.read(work, in: work.arena)
    response.etag = state.etag
    try work.audit(
      "catalog.translation.set", on: resource.type, resource.id, before: before, after: response.translation)
    work.publish(
      NewEvent(
        Self.topic, "changed", of: resource.id, subjects: state.seller.map { [$0] } ?? [],
        json: "{\"type\": \"\(resource.type)\", \"locale\": \"\(language.text)\"}"))
    return response
  }
}

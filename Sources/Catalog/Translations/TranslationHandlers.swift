internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.TranslationService`.
struct TranslationHandlers: TranslationService {
  let localization: Localization

  func setTranslations(_ request: SetTranslationsRequest, _ call: Call) async throws -> SetTranslationsResponse {
    let change = try TranslationChange(request, by: call.caller, own: localization.own)
    return try await call.work(request, id: change.requestID) { work in try await change.carryOut(in: work) }
  }

  func listTranslations(_ request: ListTranslationsRequest, _ call: Call) async throws -> ListTranslationsResponse {
    var check = RequestCheck()
    let resource = TranslatedResource(request.kind, request.resourceID, by: call.caller, &check)
    let language = request.locale.isEmpty ? nil : check.language(request.locale, "locale")
    try check.verify()
    let state = try await resource.read(try call.database.connections, in: call.arena)
    let response = ListTranslationsResponse(in: call.arena)
    response.translations = try await call.database.all(
      Translation.self,
      StoredTranslations.translations(of: resource.id, in: language, comparedWith: state.sources))
    for (path, text) in state.sources.texts.sorted(by: { $0.key < $1.key }) {
      response.sources[call.arena.text(path)] = call.arena.text(text)
    }
    response.etag = state.etag
    return response
  }

  func listMissingTranslations(
    _ request: ListMissingTranslationsRequest, _ call: Call
  ) async throws -> ListMissingTranslationsResponse {
    let page = try await MissingTranslationList(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListMissingTranslationsResponse(in: call.arena)
    (response.resources, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }
}

import CatalogAPI
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import SellersAPI
import Testing

@testable import Catalog

extension CallOptions {
  /// Those of a caller who accepts languages.
  static func accepting(_ header: String) -> CallOptions {
    var options = CallOptions()
    options.metadata.add("accept-language", header)
    return options
  }
}

extension TestNode {
  private var translations: TranslationClient { TranslationClient(channel) }

  /// Sets texts of a resource by their paths.
  @discardableResult
  func translate(
    _ id: String, _ kind: TranslatedKind = .product, to locale: String, _ texts: [String: String], etag: String = ""
  ) async throws -> SetTranslationsResponse {
    try await translations.setTranslations(
      request(SetTranslationsRequest.self) { request in
        request.kind = kind
        request.resourceID = request.text(id)
        request.locale = request.text(locale)
        for (path, text) in texts { request.texts[request.text(path)] = request.text(text) }
        request.etag = request.text(etag)
        request.requestID = request.text(TestID.next())
      })
  }

  func translations(
    of id: String, _ kind: TranslatedKind = .product, in locale: String = ""
  ) async throws -> ListTranslationsResponse {
    try await translations.listTranslations(
      request(ListTranslationsRequest.self) {
        $0.kind = kind
        $0.resourceID = $0.text(id)
        $0.locale = $0.text(locale)
      })
  }

  /// The resources that lack texts: whether each has some.
  func lacking(_ locale: String, _ kind: TranslatedKind = .product) async throws -> [String: Bool] {
    let page = try await translations.listMissingTranslations(
      request(ListMissingTranslationsRequest.self) {
        $0.pageSize = 250
        $0.kind = kind
        $0.locale = $0.text(locale)
      })
    return Dictionary(uniqueKeysWithValues: page.resources.map { ($0.resourceID.string, $0.hasTexts) })
  }

  /// A product as a shopper reads it who accepts these languages.
  func read(_ id: String, _ header: String?) async throws -> Product {
    let options = header.map { CallOptions.accepting($0) } ?? CallOptions()
    let response = try await catalog.getProduct(
      request(GetProductRequest.self) { $0.key = .id($0.text(id)) }, options: options)
    return try #require(response.product)
  }
}

extension TestShop {
  /// What lacks French texts, by pages that look at so many resources, and how many pages there were.
  func missing(_ kind: TranslatedKind, size: Int32, lookingAt looked: Int) async throws -> (ids: [String], pages: Int) {
    try await run { database in
      var (ids, pages, token): ([String], Int, String) = ([], 0, "")
      repeat {
        let asked = request(ListMissingTranslationsRequest.self) { asked in
          (asked.kind, asked.pageSize) = (kind, size)
          (asked.locale, asked.pageToken) = (asked.text("fr"), asked.text(token))
        }
        let signer = TestShop.vault.tokenSigner(for: "a list")
        let list = try MissingTranslationList(
          asked, for: TestCaller.admin.caller(seller: nil), signer, lookingAt: looked)
        let page = try await list.read(database, in: Arena())
        ids += page.elements.map(\.resourceID.string)
        (pages, token) = (pages + 1, page.nextPageToken.string)
      } while !token.isEmpty
      return (ids, pages)
    }
  }
}

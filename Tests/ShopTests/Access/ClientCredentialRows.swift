import RPC

extension AccessRow {
  private static let service = "fastshop.identity.v1.ApiKeyService/"
  private static let missing = AccessOutcome.all(.notFound)
  /// Those who look after keys: of their shop, or of all.
  private static let keepers: Set<TestCaller> = [.seller, .otherSeller, .sellerWithoutShop, .admin]
  private static let sellers: Set<TestCaller> = [.seller, .otherSeller]
  /// Nobody makes keys of a shop that they do not reach, whether there is such a shop or not.
  private static let ofFirstShop = AccessOutcome.all(.ok).but(.permissionDenied, for: [.otherSeller])
    .but(.failedPrecondition, for: [.sellerWithoutShop])
  private static let ofSecondShop = AccessOutcome.all(.ok).but(.permissionDenied, for: [.seller])
    .but(.failedPrecondition, for: [.sellerWithoutShop])
  private static let ofNoShop = AccessOutcome.all(.notFound).but(.permissionDenied, for: sellers)
    .but(.failedPrecondition, for: [.sellerWithoutShop])
  /// Sellers enter the certificate of their connection, and these calls come without one.
  private static let byAdmins = AccessOutcome.all(.failedPrecondition).but(.ok, for: [.admin])
  private static let ofThePlatform = AccessOutcome.all(.notFound).but(.ok, for: [.admin])

  private static func create(_ method: String, _ subject: Bool) -> AccessRow {
    let plainFields: Set<String> = subject ? ["name", "subject"] : ["name"]
    return AccessRow(
      service + method, keepers, plainFields: plainFields,
      .one(
        "seller_id", own: subject ? byAdmins : ofFirstShop, others: subject ? byAdmins : ofSecondShop,
        absent: subject ? byAdmins.but(.notFound, for: [.admin]) : ofNoShop
      ) { things, whose in
        let seller = things.shop(whose, \.seller)
        let shown = subject ? "\"subject\": \"uri:spiffe://shop/\(things.requestID)\", " : ""
        return AccessRequest(
          json: """
            {"name": "a till", \(shown)"scopes": ["inventory.write"], "seller_id": "\(seller)",
             "request_id": "\(things.requestID)"}
            """, names: [seller])
      })
  }

  private static func list(
    _ method: String, _ make: @escaping @Sendable (AccessResources, String?) async throws -> String
  ) -> AccessRow {
    AccessRow(
      service + method, keepers,
      .list(own: [.seller, .admin], others: [.otherSeller, .admin]) { things in
        let names = [try await make(things, things.shops[0].seller), try await make(things, things.shops[1].seller)]
        return AccessRequest(json: "{}", names: names)
      },
      .list(own: [.admin], others: [.otherSeller, .admin]) { things in
        let names = [try await make(things, nil), try await make(things, things.shops[1].seller)]
        return AccessRequest(json: "{}", names: names)
      })
  }

  /// A request about a program: one of a shop, and one of the platform's.
  private static func change(
    _ method: String, _ field: String, plainFields: Set<String> = [],
    _ make: @escaping @Sendable (AccessResources, String?) async throws -> String,
    _ json: @escaping @Sendable (String) -> String
  ) -> AccessRow {
    @Sendable func request(_ things: AccessResources, _ id: String) -> AccessRequest {
      AccessRequest(json: "{\(json(id)), \"request_id\": \"\(things.requestID)\"}", names: [id])
    }
    return AccessRow(
      service + method, keepers, plainFields: plainFields,
      .one(
        field, own: .all(.notFound).but(.ok, for: [.seller, .admin]),
        others: .all(.notFound).but(.ok, for: [.otherSeller, .admin]), absent: missing
      ) { things, whose in
        request(things, try await things.ofShop(whose) { try await make(things, $0) })
      },
      .one(field, others: ofThePlatform, absent: missing) { things, whose in
        request(things, whose == .others ? try await make(things, nil) : AccessResources.absent)
      })
  }

  private static func key(_ things: AccessResources, _ seller: String?) async throws -> String {
    try await things.key(of: seller)
  }

  private static func certificate(_ things: AccessResources, _ seller: String?) async throws -> String {
    try await things.certificate(of: seller)
  }

  /// Keys and certificates: sellers look after those of their own shop.
  static let programs = [
    create("CreateApiKey", false),
    list("ListApiKeys", key),
    change(
      "UpdateApiKey", "api_key.id",
      plainFields: ["api_key.name", "api_key.seller_id", "api_key.owner_id"], key
    ) {
      "\"api_key\": {\"id\": \"\($0)\", \"name\": \"another\"}, \"update_mask\": \"name\""
    },
    change("RotateApiKey", "api_key_id", key) { "\"api_key_id\": \"\($0)\"" },
    change("RevokeApiKey", "api_key_id", key) { "\"api_key_id\": \"\($0)\"" },
    create("CreateCertificate", true),
    list("ListCertificates", certificate),
    change("RevokeCertificate", "certificate_id", certificate) { "\"certificate_id\": \"\($0)\"" },
  ]
}

internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of the API keys that a caller manages, the newest first.
struct APIKeyList: PagedList {
  typealias Element = ApiKey

  let page: PageRequest
  private let caller: Caller

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListApiKeysRequest, for caller: Caller, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    let index = caller.sellerID == nil ? "api_key_listed" : "api_key_of_seller"
    let order = ListOrder("newest", .index(index), .descending, by: .id("k.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
    self.caller = caller
  }

  var rows: ListRows {
    ListRows(
      ClientCredentialStore.keyColumns, from: "identity.api_key k",
      where: "k.revoked_at IS NULL\(ClientCredentialStore.reach(caller, "k.seller_id"))")
  }
}

/// A page of the certificates that a caller manages, the newest first.
struct CertificateList: PagedList {
  typealias Element = Certificate

  let page: PageRequest
  private let caller: Caller

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListCertificatesRequest, for caller: Caller, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    let index = caller.sellerID == nil ? "certificate_listed" : "certificate_of_seller"
    let order = ListOrder("newest", .index(index), .descending, by: .id("c.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
    self.caller = caller
  }

  var rows: ListRows {
    ListRows(
      ClientCredentialStore.certificateColumns, from: "identity.certificate c",
      where: "c.revoked_at IS NULL\(ClientCredentialStore.reach(caller, "c.seller_id"))")
  }
}

internal import IdentityAPI
internal import Platform
internal import Protobuf

/// A change of an API key.
struct APIKeyChange {
  let id: ID
  let state: ExpectedState
  private(set) var name: String?
  private(set) var changesLimit = false
  private(set) var limit: APIKeyLimit?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong; ``IdentityError/exceedsCallerPermissions``.
  init(_ request: UpdateApiKeyRequest, for caller: Caller, _ check: inout RequestCheck) throws {
    id = check.id(request.apiKey?.id ?? "", "api_key.id")
    state = check.etag(request.apiKey?.etag ?? "", "api_key.etag")
    let mask = check.updateMask(request.updateMask, of: request.apiKey, changing: ["name", "limit"])
    if mask.contains("name") { name = check.line(request.apiKey?.name ?? "", "api_key.name", isRequired: true) }
    changesLimit = mask.contains("limit")
    if changesLimit {
      if caller.sellerID != nil { throw IdentityError.exceedsCallerPermissions }
      limit = try APIKeyLimit.read(request.apiKey?.limit, "api_key.limit", for: caller, &check)
    }
    try check.verify()
  }
}

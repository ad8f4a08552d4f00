internal import IdentityAPI
internal import Platform
internal import Protobuf

/// A change of an API key.
struct APIKeyChange {
  private static let fields = ["name", "limit"]

  let id: ID
  let state: ExpectedState
  private(set) var name: String?
  private(set) var changesLimit = false
  private(set) var limit: APIKeyLimit?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong; ``IdentityError/exceedsCallerPermissions``.
  init(_ request: UpdateApiKeyRequest, for caller: Caller, _ check: inout RequestCheck) throws {
    id = check.id(request.apiKey?.id ?? "", "api_key.id")
    state = check.etag(request.apiKey?.etag ?? "", "api_key.etag")
    var paths = request.updateMask?.paths.map(\.string) ?? []
    if paths.isEmpty { paths = caller.sellerID != nil && request.apiKey?.limit == nil ? ["name"] : Self.fields }
    for path in paths {
      switch path {
      case "name": name = check.line(request.apiKey?.name ?? "", "api_key.name", isRequired: true)
      case "limit":
        if caller.sellerID != nil { throw IdentityError.exceedsCallerPermissions }
        changesLimit = true
        limit = try APIKeyLimit.read(request.apiKey?.limit, "api_key.limit", for: caller, &check)
      default: check.refuse("update_mask", "Must contain only the paths name and limit.")
      }
    }
    try check.verify()
  }
}

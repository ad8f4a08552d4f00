internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.ApiKeyService`.
struct APIKeyHandlers: ApiKeyService {
  private static let overlapMax: Duration = .seconds(604_800)

  let context: IdentityContext

  func createApiKey(_ request: CreateApiKeyRequest, _ call: Call) async throws -> CreateApiKeyResponse {
    var check = RequestCheck()
    let end = request.expireTime.flatMap { check.instant($0, "expire_time") }
    let requestID = check.id(request.requestID, "request_id")
    let (user, _) = try call.userSession
    let limit = try APIKeyLimit.read(request.limit, "limit", for: call.caller, &check)
    let new = try NewClientCredential(
      name: request.name, scopes: request.scopes, sellerID: request.sellerID, for: call.caller, &check)
    let secret = APIKeySecret()
    return try await context.changeCredentials(request, requestID, call, answer: .sealed) { store in
      try Self.verify(end, at: store.now)
      let response = CreateApiKeyResponse(in: call.arena)
      response.apiKey = try await store.createKey(new, secret, until: end, limit, owner: user)
      response.secret = call.arena.text(secret.text)
      return response
    }
  }

  /// Verified when the key is made: the same request that comes again later gets its first response.
  private static func verify(_ end: Instant?, at now: Instant) throws {
    var check = RequestCheck()
    check.require(end.map { $0 > now } ?? true, "expire_time", "Must be in the future.")
    try check.verify()
  }

  func listApiKeys(_ request: ListApiKeysRequest, _ call: Call) async throws -> ListApiKeysResponse {
    let page = try await APIKeyList(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListApiKeysResponse(in: call.arena)
    (response.apiKeys, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func updateApiKey(_ request: UpdateApiKeyRequest, _ call: Call) async throws -> UpdateApiKeyResponse {
    var check = RequestCheck()
    let requestID = check.id(request.requestID, "request_id")
    let change = try APIKeyChange(request, for: call.caller, &check)
    return try await context.changeCredentials(request, requestID, call) { store in
      let response = UpdateApiKeyResponse(in: call.arena)
      response.apiKey = try await store.updateKey(change)
      return response
    }
  }

  func rotateApiKey(_ request: RotateApiKeyRequest, _ call: Call) async throws -> RotateApiKeyResponse {
    var check = RequestCheck()
    let id = check.id(request.apiKeyID, "api_key_id")
    let overlap = check.wholeSeconds(request.overlap, "overlap", upTo: Self.overlapMax)
    let state = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    let secret = APIKeySecret()
    return try await context.changeCredentials(request, requestID, call, answer: .sealed) { store in
      let response = RotateApiKeyResponse(in: call.arena)
      response.apiKey = try await store.rotateKey(id, in: state, to: secret, overlap: overlap)
      response.secret = call.arena.text(secret.text)
      return response
    }
  }

  func revokeApiKey(_ request: RevokeApiKeyRequest, _ call: Call) async throws -> RevokeApiKeyResponse {
    var check = RequestCheck()
    let id = check.id(request.apiKeyID, "api_key_id")
    let state = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.changeCredentials(request, requestID, call) { store in
      try await store.revokeKey(id, in: state)
      return RevokeApiKeyResponse(in: call.arena)
    }
  }
}

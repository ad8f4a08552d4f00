internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.ClientCredentialService`.
struct ClientCredentialHandlers: ClientCredentialService {
  private static let overlapSecondsMax: Int64 = 604_800

  let context: IdentityContext

  func createApiKey(_ request: CreateApiKeyRequest, _ call: Call) async throws -> CreateApiKeyResponse {
    var check = RequestCheck()
    let end = request.expireTime.flatMap { check.instant($0, "expire_time") }
    check.require(end.map { $0 > .now } ?? true, "expire_time", "Must be in the future.")
    let requestID = check.id(request.requestID, "request_id")
    let (user, _) = try call.userSession
    let limit = try APIKeyLimit.read(request.limit, "limit", for: call.caller, &check)
    let new = try NewClientCredential(
      name: request.name, scopes: request.scopes, sellerID: request.sellerID, for: call.caller, &check)
    let secret = APIKeySecret()
    return try await once(request, requestID, call, answer: .sealed) { store in
      let response = CreateApiKeyResponse(in: call.arena)
      response.apiKey = try await store.createKey(new, secret, until: end, limit, owner: user)
      response.secret = call.arena.text(secret.text)
      return response
    }
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
    return try await once(request, requestID, call) { store in
      let response = UpdateApiKeyResponse(in: call.arena)
      response.apiKey = try await store.updateKey(change)
      return response
    }
  }

  func rotateApiKey(_ request: RotateApiKeyRequest, _ call: Call) async throws -> RotateApiKeyResponse {
    var check = RequestCheck()
    let id = check.id(request.apiKeyID, "api_key_id")
    check.require(
      (0...Self.overlapSecondsMax).contains(request.overlapSeconds), "overlap_seconds", "Must be from 0 to 604800.")
    let state = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    let (secret, overlap) = (APIKeySecret(), Duration.seconds(request.overlapSeconds))
    return try await once(request, requestID, call, answer: .sealed) { store in
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
    return try await once(request, requestID, call) { store in
      try await store.revokeKey(id, in: state)
      return RevokeApiKeyResponse(in: call.arena)
    }
  }

  func createCertificate(
    _ request: CreateCertificateRequest, _ call: Call
  ) async throws -> CreateCertificateResponse {
    var check = RequestCheck()
    let (user, _) = try call.userSession
    let subject = check.certificateSubject(request.subject.string, "subject")
    let requestID = check.id(request.requestID, "request_id")
    // Names in certificates are no secrets. Without this check, the first caller to register another party's name would
    // decide what its client may do.
    let isShown = call.peer.certificate?.credentialSubjects.contains(subject) ?? false
    guard isShown || call.caller.permissions.contains(.sellersAny) else { throw IdentityError.certificateNotShown }
    let new = try NewClientCredential(
      name: request.name, scopes: request.scopes, sellerID: request.sellerID, for: call.caller, &check)
    return try await once(request, requestID, call) { store in
      let response = CreateCertificateResponse(in: call.arena)
      response.certificate = try await store.createCertificate(subject, new, owner: user)
      return response
    }
  }

  func listCertificates(_ request: ListCertificatesRequest, _ call: Call) async throws -> ListCertificatesResponse {
    let page = try await CertificateList(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListCertificatesResponse(in: call.arena)
    (response.certificates, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func revokeCertificate(
    _ request: RevokeCertificateRequest, _ call: Call
  ) async throws -> RevokeCertificateResponse {
    var check = RequestCheck()
    let id = check.id(request.certificateID, "certificate_id")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await once(request, requestID, call) { store in
      try await store.revokeCertificate(id)
      return RevokeCertificateResponse(in: call.arena)
    }
  }

  private func once<Request: Message, Response: Message>(
    _ request: Request, _ id: ID, _ call: Call, answer: ResponseStorage = .open,
    _ body: (ClientCredentialStore) async throws -> Response
  ) async throws -> Response {
    try await context.once(request, id: id, call, answer: answer) { work in
      let response = try await body(
        ClientCredentialStore(work: work, caller: call.caller, now: .now, arena: call.arena))
      try await work.verifyCaller(at: .now)
      return response
    }
  }
}

extension RequestCheck {
  private static let subjectBytesMax = 500

  /// A field with the subject of a certificate.
  mutating func certificateSubject(_ text: String, _ field: String) -> String {
    let kinds = ["uri:", "dns:", "sha256:"]
    // DNS names are case-insensitive (RFC 4343).
    let text = text.hasPrefix("dns:") ? text.lowercased() : text
    let value = text.drop { $0 != ":" }.dropFirst()
    let isPlain = value.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    let isFingerprint = value.utf8.count == 64 && value.allSatisfy { $0.isHexDigit && !$0.isUppercase }
    require(
      kinds.contains(where: text.hasPrefix) && !value.isEmpty && isPlain && text.utf8.count <= Self.subjectBytesMax
        && (!text.hasPrefix("sha256:") || isFingerprint),
      field, "Must be uri:, dns: or sha256:, followed by the value in the certificate.")
    return text
  }
}

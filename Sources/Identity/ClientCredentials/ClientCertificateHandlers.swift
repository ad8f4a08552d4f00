internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.ClientCertificateService`.
struct ClientCertificateHandlers: ClientCertificateService {
  let context: IdentityContext

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
    return try await context.changeCredentials(request, requestID, call) { store in
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
    return try await context.changeCredentials(request, requestID, call) { store in
      try await store.revokeCertificate(id)
      return RevokeCertificateResponse(in: call.arena)
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

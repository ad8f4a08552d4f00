internal import FoundationEssentials
internal import HTTPClient
internal import Platform

/// The HTTP requests to a provider. Redirects are not followed, and responses are limited in size and time.
struct ProviderRequests: Sendable {
  /// The time limit of a request with all its attempts.
  static let timeLimit: Duration = .seconds(5)
  private static let answerBytesMax = 65_536
  private static let codeBytesMax = 200
  private static let ok = 200

  let client: ProviderClient
  let settings: ProviderSettings

  /// The token response.
  struct Grant: Decodable, Sendable {
    var id_token: String
    var access_token: String?
  }

  private struct Complaint: Decodable {
    var error: String
  }

  func metadata() async throws(ProviderError) -> ProviderMetadata {
    let issuer = settings.issuer
    let url = (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + ProviderMetadata.path
    return try ProviderMetadata(json: try await get(url, bytesMax: ProviderMetadata.bytesMax), issuer: issuer)
  }

  func keys(_ metadata: ProviderMetadata) async throws(ProviderError) -> ProviderKeySet {
    try ProviderKeySet(json: try await get(metadata.keysURL, bytesMax: ProviderKeySet.bytesMax))
  }

  /// Redeems an authorization code (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
  /// - Throws: ``ProviderError``; ``ProviderRefusal/codeRefused(_:)`` when the provider refuses the code.
  func redeem(_ code: String, _ authorization: PendingAuthorization, _ metadata: ProviderMetadata) async throws -> Grant
  {
    var fields = [
      (name: "grant_type", value: "authorization_code"), (name: "code", value: code),
      (name: "redirect_uri", value: authorization.redirect),
      (name: "code_verifier", value: authorization.secrets.verifier),
    ]
    var headers = [HTTPField("content-type", "application/x-www-form-urlencoded")]
    if let secret = settings.clientSecret, metadata.clientAuthentication == .basic {
      let pair = "\(FormText.escape(settings.clientID)):\(FormText.escape(secret))"
      headers.append(HTTPField("authorization", "Basic \(Data(pair.utf8).base64EncodedString())"))
    } else {
      fields.append((name: "client_id", value: settings.clientID))
      if let secret = settings.clientSecret { fields.append((name: "client_secret", value: secret)) }
    }
    // A code can be redeemed once.
    let response = try await send(
      .changingOnce(
        HTTPClientRequest("POST", metadata.tokenEndpoint, headers: headers, body: Array(FormText.encode(fields).utf8))))
    if response.status == Self.ok {
      guard let grant = try? JSONDecoder().decode(Grant.self, from: Data(response.body)) else {
        throw ProviderError.badAnswer("the response of the token endpoint cannot be parsed")
      }
      return grant
    }
    guard (400...401).contains(response.status),
      let complaint = try? JSONDecoder().decode(Complaint.self, from: Data(response.body))
    else { throw ProviderError.badAnswer("the token endpoint responded with status \(response.status)") }
    throw ProviderRefusal.codeRefused(Self.plain(complaint.error))
  }

  /// The UserInfo response (section 5.3); nil when the provider returns none.
  func person(_ accessToken: String, at url: String) async throws(ProviderError) -> StandardClaims? {
    guard accessToken.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
    let body = try await get(
      url, bytesMax: Self.answerBytesMax, [HTTPField("authorization", "Bearer \(accessToken)")])
    return try? JSONDecoder().decode(StandardClaims.self, from: Data(body))
  }

  private func get(
    _ url: String, bytesMax: Int, _ headers: [HTTPField] = []
  ) async throws(ProviderError) -> [UInt8] {
    var request = HTTPClientRequest("GET", url, headers: [HTTPField("accept", "application/json")] + headers)
    request.responseBytesMax = bytesMax
    let response = try await send(.reading(request))
    guard response.status == Self.ok else { throw .badAnswer("a request was answered with status \(response.status)") }
    return response.body
  }

  private func send(_ request: ProviderRequest) async throws(ProviderError) -> HTTPClientResponse {
    var request = request
    request.http.responseBytesMax = min(request.http.responseBytesMax, ProviderKeySet.bytesMax)
    do throws(ProviderFailure) {
      return try await client.send(request)
    } catch {
      throw .unreachable(error.description)
    }
  }

  /// The part of a foreign text that may be logged.
  private static func plain(_ text: String) -> String {
    String(text.unicodeScalars.filter { (0x21...0x7e).contains($0.value) }.prefix(codeBytesMax).map(Character.init))
  }
}

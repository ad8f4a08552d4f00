internal import EventLoop
internal import HTTPClient
internal import Platform
internal import Sealing

/// A person as a provider identifies them.
struct ExternalIdentity: Equatable, Sendable {
  let issuer: String
  let subject: String
  let claims: StandardClaims
}

/// An OpenID Connect provider.
struct OpenIDProvider: Sendable {
  let settings: ProviderSettings
  /// The connection to the provider.
  let client: ProviderClient
  private let requests: ProviderRequests
  private let metadata: ProviderCache<ProviderMetadata>
  private let keys: ProviderCache<ProviderKeySet>

  /// A provider that is called over `http`, on `loop`. The first sign-in makes the first request.
  init(_ settings: ProviderSettings, _ http: HTTPClient, on loop: EventLoop) {
    client = ProviderClient(settings.key, http, on: loop, timeLimit: ProviderRequests.timeLimit)
    let requests = ProviderRequests(client: client, settings: settings)
    let metadata = ProviderCache(on: loop) { () async throws(ProviderError) in try await requests.metadata() }
    self.settings = settings
    self.requests = requests
    self.metadata = metadata
    keys = ProviderCache(on: loop) { () async throws(ProviderError) in
      try await requests.keys(try await metadata.get().value)
    }
  }

  /// The authorization URL with `state` (section 3.1.2.1).
  func address(_ state: SingleUseToken, _ secrets: AuthorizationSecrets, _ redirect: String) async throws(ProviderError)
    -> String
  {
    let endpoint = try await metadata.get().value.authorizationEndpoint
    let fields = FormText.encode([
      (name: "response_type", value: "code"), (name: "client_id", value: settings.clientID),
      (name: "redirect_uri", value: redirect), (name: "scope", value: settings.scopes.joined(separator: " ")),
      (name: "state", value: state.text), (name: "nonce", value: secrets.nonce),
      (name: "code_challenge", value: secrets.challenge), (name: "code_challenge_method", value: "S256"),
    ])
    return endpoint + (endpoint.contains("?") ? "&" : "?") + fields
  }

  /// The identity of the person, from the authorization response.
  /// - Throws: ``ProviderError``, ``ProviderRefusal``.
  func person(_ authorization: PendingAuthorization, code: String, issuer: String?) async throws -> ExternalIdentity {
    let metadata = try await metadata.get().value
    // The issuer protects against mix-up attacks: a code of another provider is not sent to this one (RFC 9207).
    guard issuer == nil ? !metadata.sendsIssuer : issuer == settings.issuer else { throw ProviderRefusal.otherIssuer }
    let grant = try await requests.redeem(code, authorization, metadata)
    let claims = try await claims(of: grant, authorization)
    var person = claims.person
    if person.email == nil, let url = metadata.userInfoEndpoint, let token = grant.access_token,
      let told = try await requests.person(token, at: url)
    {
      guard told.subject == claims.subject else { throw ProviderRefusal.otherSubject }
      person = told
    }
    return ExternalIdentity(issuer: settings.issuer, subject: claims.subject, claims: person)
  }

  private func claims(of grant: ProviderRequests.Grant, _ authorization: PendingAuthorization) async throws -> IDClaims
  {
    let token = try Self.mappingTokenErrors { () throws(IDTokenError) in try JSONWebToken(grant.id_token) }
    let claims = try await claims(of: token)
    let rules = IDTokenRules(
      issuer: settings.issuer, clientID: settings.clientID, otherAudiences: settings.otherAudiences,
      nonce: authorization.secrets.nonce)
    try Self.mappingTokenErrors { () throws(IDTokenError) in
      try rules.verify(claims, accessToken: grant.access_token, signedBy: token.algorithm, at: .now)
    }
    return claims
  }

  /// An unknown key may be new, so the keys are fetched once more.
  private func claims(of token: JSONWebToken) async throws -> IDClaims {
    let known = try await keys.get()
    do throws(IDTokenError) {
      return try token.claims(verifiedBy: known.value)
    } catch {
      guard error == .unknownKey else { throw ProviderRefusal.invalidToken(error) }
    }
    let fresh = try await keys.get(newerThan: known.generation)
    return try Self.mappingTokenErrors { () throws(IDTokenError) in try token.claims(verifiedBy: fresh.value) }
  }

  private static func mappingTokenErrors<Value>(_ body: () throws(IDTokenError) -> Value) throws(ProviderRefusal)
    -> Value
  {
    do throws(IDTokenError) { return try body() } catch { throw .invalidToken(error) }
  }
}

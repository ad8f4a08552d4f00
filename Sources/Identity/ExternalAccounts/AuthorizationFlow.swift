internal import IdentityAPI
internal import Logging
internal import Platform
internal import Protobuf
internal import RPC
internal import Sealing

/// The authorization code flow of OpenID Connect: it sends the browser to the provider and handles the response.
struct AuthorizationFlow {
  private static let log = Logger(label: "fastshop.identity")

  let context: IdentityContext
  let providers: [OpenIDProvider]

  /// Begins an authorization. `stamp` is the stamp of a link; nil for a sign-in.
  func begin(
    at key: String, _ redirect: String, _ stamp: SecurityStamp?, _ call: Call
  ) async throws -> AuthorizationRequest {
    let provider = try find(key)
    let new = PendingAuthorizations.New()
    let address = try await mappingErrors(key) {
      try await provider.address(new.state, new.secrets, redirect)
    }
    let authorization = PendingAuthorization(provider: key, redirect: redirect, secrets: new.secrets, stamp: stamp)
    let end = try await PendingAuthorizations(context: context).begin(authorization, new, call)
    let message = AuthorizationRequest(in: call.arena)
    message.authorizationURL = call.arena.text(address)
    message.state = call.arena.text(new.state.text)
    message.browserSecret = call.arena.text(new.secret.text)
    message.expireTime = end.timestamp(in: call.arena)
    return message
  }

  /// Completes an authorization: redeems the code of the provider.
  func complete(
    _ answer: ProviderResponse, linkingSession: PendingAuthorization.LinkingSession?, _ call: Call
  ) async throws -> (ProviderSettings, ExternalIdentity, SecurityStamp?) {
    let authorization = try await PendingAuthorizations(context: context).end(
      answer.state, secret: answer.secret, linkingSession: linkingSession, call)
    let provider = try find(authorization.provider)
    let person = try await mappingErrors(authorization.provider) {
      try await provider.person(authorization, code: answer.code, issuer: answer.issuer)
    }
    return (provider.settings, person, authorization.stamp)
  }

  private func find(_ key: String) throws -> OpenIDProvider {
    guard let provider = providers.first(where: { $0.settings.key == key }) else {
      throw IdentityError.noSuchProvider(key)
    }
    return provider
  }

  /// Logs what is wrong with a provider for the operators. The caller learns whether to try again.
  private func mappingErrors<Value>(_ key: String, _ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let fault as ProviderError {
      Self.log.warning("a provider cannot be used", metadata: ["provider": "\(key)", "reason": "\(fault)"])
      throw IdentityError.providerUnavailable
    } catch let refusal as ProviderRefusal {
      Self.log.warning("a provider's sign-in was refused", metadata: ["provider": "\(key)", "reason": "\(refusal)"])
      throw IdentityError.externalSignInRefused
    }
  }
}

/// The authorization response that a browser brings from the provider.
struct ProviderResponse {
  private static let codeBytesMax = 2_048
  private static let issuerBytesMax = 500

  let state: String
  let code: String
  let issuer: String?
  let secret: String

  init(_ answer: AuthorizationResponse, _ check: inout RequestCheck) {
    state = check.token(answer.state.string, "authorization_response.state")
    secret = check.token(answer.browserSecret.string, "authorization_response.browser_secret")
    code = answer.code.string
    check.require(
      (1...Self.codeBytesMax).contains(code.utf8.count) && code.utf8.allSatisfy { (0x20...0x7e).contains($0) },
      "authorization_response.code",
      "Must be the code from the provider's response, with at most \(Self.codeBytesMax) characters.")
    let name = answer.issuer.string
    check.require(
      name.utf8.count <= Self.issuerBytesMax, "authorization_response.issuer", "Must be the provider's URL.")
    issuer = name.isEmpty ? nil : name
  }
}

extension RequestCheck {
  private static let providerBytesMax = 40

  /// A field with a provider's key.
  mutating func provider(_ text: String) -> String {
    require((1...Self.providerBytesMax).contains(text.utf8.count), "provider", "Must be the key of a provider.")
    return text
  }

  /// A field with a redirect URI of the settings.
  mutating func redirect(_ text: String, _ settings: ExternalSignInSettings) -> String {
    require(settings.redirects.contains(text), "redirect_uri", "Must be a redirect URI of the shop's settings.")
    return text
  }

  /// A field with the present password, or empty.
  mutating func maybePassword(_ text: String, _ field: String) -> String {
    text.isEmpty ? text : presentPassword(text, field)
  }
}

internal import FoundationEssentials

/// The discovery document of a provider (OpenID Connect Discovery 1.0, section 3), as far as we use it.
struct ProviderMetadata: Equatable, Sendable {
  static let path = "/.well-known/openid-configuration"
  static let bytesMax = 65_536

  /// How the shop's client authenticates, when it has a secret.
  enum ClientAuthentication: Equatable, Sendable {
    /// `client_secret_basic`: in the header.
    case basic
    /// `client_secret_post`: in the form.
    case post
  }

  let authorizationEndpoint: String
  let tokenEndpoint: String
  let keysURL: String
  let userInfoEndpoint: String?
  let clientAuthentication: ClientAuthentication
  /// Whether authorization responses have `iss` (RFC 9207).
  let sendsIssuer: Bool

  private struct Document: Decodable {
    var issuer: String
    var authorization_endpoint: String
    var token_endpoint: String
    var jwks_uri: String
    var userinfo_endpoint: String?
    var token_endpoint_auth_methods_supported: [String]?
    var code_challenge_methods_supported: [String]?
    var response_types_supported: [String]?
    var authorization_response_iss_parameter_supported: Bool?
  }

  /// - Throws: ``ProviderError/badAnswer(_:)`` when it is another issuer's, or an endpoint is not safe.
  init(json: [UInt8], issuer: String) throws(ProviderError) {
    guard let document = try? JSONDecoder().decode(Document.self, from: Data(json)) else {
      throw .badAnswer("the discovery document cannot be parsed")
    }
    guard document.issuer == issuer else { throw .badAnswer("the discovery document has a different issuer") }
    let urls = [document.authorization_endpoint, document.token_endpoint, document.jwks_uri]
    for url in urls + [document.userinfo_endpoint].compactMap(\.self) {
      guard ProviderURL.isSafe(url), ProviderURL.isPlain(issuer) || !ProviderURL.isPlain(url) else {
        throw .badAnswer("an endpoint in the discovery document does not use https")
      }
    }
    if let challenges = document.code_challenge_methods_supported, !challenges.contains("S256") {
      throw .badAnswer("the provider does not support PKCE with S256")
    }
    if let types = document.response_types_supported, !types.contains("code") {
      throw .badAnswer("the provider does not support the code flow")
    }
    // The default is `client_secret_basic`.
    let proofs = document.token_endpoint_auth_methods_supported ?? ["client_secret_basic"]
    clientAuthentication = proofs.contains("client_secret_basic") ? .basic : .post
    authorizationEndpoint = document.authorization_endpoint
    tokenEndpoint = document.token_endpoint
    keysURL = document.jwks_uri
    userInfoEndpoint = document.userinfo_endpoint
    sendsIssuer = document.authorization_response_iss_parameter_supported ?? false
  }
}

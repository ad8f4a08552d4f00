/// The external identity providers.
package struct ExternalSignInSettings: Equatable, Sendable {
  /// The maximum number of providers, which fit on a page.
  package static let providersMax = 20
  /// The maximum number of redirect URIs.
  package static let redirectsMax = 100

  /// The providers, in the order in which users see them.
  package var providers: [ProviderSettings] = []
  /// The redirect URIs. A request must name one of them exactly.
  package var redirects: [String] = []
  /// A PEM file with the certificate authorities of the providers; nil for those of the system.
  package var authorityPath: String?

  /// No provider.
  package init() {}
}

/// An OpenID Connect provider, and our registration there.
package struct ProviderSettings: Equatable, Sendable {
  /// When a new person from a provider is linked to the account with the same e-mail address.
  package enum Linking: String, Equatable, Sendable, CaseIterable {
    /// Never: the owner signs in and links it.
    case never
    /// When the provider hosts the mailbox: an address of Gmail, or of an organisation that Google hosts (`hd`).
    case hosted
    /// When the provider verified the address.
    case verified
  }

  /// The key of the provider in requests and in the database: `google`.
  package var key: String
  /// The name that users see.
  package var displayName: String
  /// The issuer URL, as the tokens of the provider spell it.
  package var issuer: String
  /// The client id.
  package var clientID: String
  /// The client secret; nil for a public client, which uses PKCE only.
  package var clientSecret: String?
  /// The requested scopes. `openid` is always requested.
  package var scopes = ["openid", "email", "profile"]
  /// Other audiences that an ID token may have.
  package var otherAudiences: [String] = []
  /// When an account with the same address is linked.
  package var linking = Linking.never

  /// A provider with the usual scopes, which never links by itself.
  package init(key: String, displayName: String, issuer: String, clientID: String, clientSecret: String? = nil) {
    self.key = key
    self.displayName = displayName
    self.issuer = issuer
    self.clientID = clientID
    self.clientSecret = clientSecret
  }
}

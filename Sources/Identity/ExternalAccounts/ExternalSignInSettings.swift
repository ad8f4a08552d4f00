/// Where else people may prove who they are.
package struct ExternalSignInSettings: Equatable, Sendable {
  /// More providers than this do not fit on a page.
  package static let providersMax = 20
  /// Where browsers may be sent back to.
  package static let redirectsMax = 100

  /// The providers, in the order in which people see them.
  package var providers: [ProviderSettings] = []
  /// Where providers may send browsers back to: these alone, letter by letter.
  package var redirects: [String] = []
  /// PEM file of the authorities that sign the providers' certificates; nil for the system's.
  package var authorityPath: String?

  /// Nowhere else.
  package init() {}
}

/// A provider of OpenID Connect, and what we are to it.
package struct ProviderSettings: Equatable, Sendable {
  /// When a person who is new from a provider is taken for the owner of an account that has the same address.
  package enum Linking: String, Equatable, Sendable, CaseIterable {
    /// Never: the owner signs in and links it.
    case never
    /// When the provider runs the mailbox: an address of Gmail, or of an organisation that Google hosts (`hd`).
    case hosted
    /// When the provider says that it verified the address.
    case verified
  }

  /// What requests and the database call it: `google`.
  package var key: String
  /// What people call it.
  package var displayName: String
  /// Its URL, as it writes it in its tokens.
  package var issuer: String
  /// Our name there.
  package var clientID: String
  /// Our password there; nil for a client without one, which proves by PKCE alone that a code is its own.
  package var clientSecret: String?
  /// What is asked for; `openid` is always.
  package var scopes = ["openid", "email", "profile"]
  /// Whom else a token may be for, beside us.
  package var otherAudiences: [String] = []
  /// Whether an account with the same address is linked.
  package var linking = Linking.never

  /// A provider with the usual scopes, which links nothing by itself.
  package init(key: String, displayName: String, issuer: String, clientID: String, clientSecret: String? = nil) {
    self.key = key
    self.displayName = displayName
    self.issuer = issuer
    self.clientID = clientID
    self.clientSecret = clientSecret
  }
}

/// The methods with which a user authenticated. A session and each of its access tokens carry them.
package struct AuthenticationMethods: Equatable, Sendable {
  /// The first factor, as the database stores it.
  package enum FirstFactor: String, Sendable {
    case password
    /// An account of an external provider. The methods of the provider are not known.
    case external
  }

  /// The first factor.
  package var first: FirstFactor
  /// Whether a second factor was verified.
  package var second: Bool

  /// The methods of one sign-in.
  package init(_ first: FirstFactor, second: Bool) {
    self.first = first
    self.second = second
  }

  /// The `amr` claim (RFC 8176). The RFC has no value for external accounts; "fed" is what other issuers use.
  var amr: [String] { [first == .password ? "pwd" : "fed"] + (second ? ["otp", "mfa"] : []) }

  /// The methods that an `amr` claim lists.
  init(amr: [String]) {
    self.init(amr.contains("fed") ? .external : .password, second: amr.contains("mfa"))
  }
}

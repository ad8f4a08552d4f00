/// How somebody proved who they are: what a session, and every access token of it, says.
package struct AuthenticationMethods: Equatable, Sendable {
  /// What was shown first, as the database writes it.
  package enum FirstFactor: String, Sendable {
    case password
    /// An account elsewhere. What its provider asked for is not known here.
    case external
  }

  /// What was shown first.
  package var first: FirstFactor
  /// Whether a second factor was shown.
  package var second: Bool

  /// A methods.
  package init(_ first: FirstFactor, second: Bool) {
    self.first = first
    self.second = second
  }

  /// The `amr` of a token: RFC 8176, which has no name for accounts elsewhere. They are "fed", as others call them.
  var amr: [String] { [first == .password ? "pwd" : "fed"] + (second ? ["otp", "mfa"] : []) }

  /// What a token says by its `amr`.
  init(amr: [String]) {
    self.init(amr.contains("fed") ? .external : .password, second: amr.contains("mfa"))
  }
}

/// How somebody proved who they are: what a session, and every access token of it, says.
package struct SignInProof: Equatable, Sendable {
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

  /// A proof.
  package init(_ first: FirstFactor, second: Bool) {
    self.first = first
    self.second = second
  }

  /// The `amr` of a token: RFC 8176, which has no name for accounts elsewhere. They are "fed", as others call them.
  var methods: [String] { [first == .password ? "pwd" : "fed"] + (second ? ["otp", "mfa"] : []) }

  /// What a token says by its `amr`.
  init(methods: [String]) {
    self.init(methods.contains("fed") ? .external : .password, second: methods.contains("mfa"))
  }
}

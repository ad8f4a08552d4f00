package import Postgres

/// What the room writes to people about their accounts.
package enum AccountLetter: Equatable, Sendable {
  /// Asks whether the address is theirs.
  case verifyEmail(token: String)
  /// Somebody registered with an address that has an account.
  case alreadyRegistered
  /// The way to a new password.
  case resetPassword(token: String)
  /// The password is another one now.
  case passwordChanged
  /// No code is asked for any more.
  case secondFactorRemoved
  /// Somebody logged in from a device that the account had not been seen on.
  case newDevice(device: String, address: String, at: Instant)
  /// There were too many failed log-ins, the last one from the address.
  case lockedOut(address: String, duration: Duration)
  /// An account elsewhere signs them in from now on.
  case externalAccountLinked(provider: String)
  /// An account elsewhere does not sign them in any more.
  case externalAccountUnlinked(provider: String)
  /// Asks somebody to work for the platform.
  case invitation(token: String, inviter: String, role: String)
}

/// Who is written to.
package struct Addressee: Equatable, Sendable {
  /// The address, as mail servers know it.
  package let email: String
  /// What they are called.
  package let name: String

  /// Somebody.
  package init(email: String, name: String) {
    self.email = EmailAddress(email)?.deliverable ?? email
    self.name = name
  }
}

/// Takes letters on: they go out if and when the transaction is committed.
package protocol Post: Sendable {
  /// Takes a letter on.
  func take(_ letter: AccountLetter, to addressee: Addressee, in transaction: Transaction) async throws
}

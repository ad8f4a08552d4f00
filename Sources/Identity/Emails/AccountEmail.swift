package import Platform
package import Postgres

/// What the room writes to people about their accounts.
package enum AccountEmail: Equatable, Sendable {
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
  /// Somebody signed in from a device that the account had not been seen on.
  case newDevice(device: String, address: String, at: Instant)
  /// There were too many failed sign-ins, the last one from the address.
  case lockedOut(address: String, duration: Duration)
  /// An account elsewhere signs them in from now on.
  case externalAccountLinked(provider: String)
  /// An account elsewhere does not sign them in any more.
  case externalAccountUnlinked(provider: String)
  /// Asks somebody to work for the platform.
  case invitation(token: String, inviter: String, role: String)
}

/// Who is written to.
package struct EmailRecipient: Equatable, Sendable {
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

extension AccountEmail {
  /// How many letters of a kind an address gets.
  package enum SendLimit: Sendable {
    /// As many as there is reason for: whoever causes them is signed in, or holds a mailed token.
    case any
    /// A few: anybody can cause them.
    case strangers
    /// More: whoever causes them has shown a password, or works for the platform.
    case acquaintances
  }

  /// Whoever can cause a letter must not be able to flood a mailbox with it.
  package var sendLimit: SendLimit {
    switch self {
    case .verifyEmail, .alreadyRegistered, .resetPassword, .lockedOut: .strangers
    case .newDevice, .invitation: .acquaintances
    case .passwordChanged, .secondFactorRemoved, .externalAccountLinked, .externalAccountUnlinked: .any
    }
  }
}

/// Takes letters on: they go out if and when the transaction is committed.
package protocol AccountMailer: Sendable {
  /// Takes a letter on, unless the address has had too many of its kind of late: that is for nobody outside to see. A
  /// token that the letter brings is made good only if it is taken.
  /// - Returns: whether it is taken.
  @discardableResult
  func send(_ email: AccountEmail, to emailRecipient: EmailRecipient, in transaction: Transaction) async throws -> Bool
}

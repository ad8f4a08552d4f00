package import Platform

/// The e-mails to users about their accounts.
package enum AccountEmail: Equatable, Sendable {
  /// Asks the recipient to verify the address.
  case verifyEmail(token: String)
  /// Somebody registered with the address of an existing account.
  case alreadyRegistered
  /// A link to reset the password.
  case resetPassword(token: String)
  /// The password was changed.
  case passwordChanged
  /// The second factor was removed.
  case secondFactorRemoved
  /// Somebody signed in from a new device.
  case newDevice(device: String, address: String, at: Instant)
  /// The account is locked after too many failed sign-ins, the last one from the address.
  case lockedOut(address: String, duration: Duration)
  /// An external account was linked.
  case externalAccountLinked(provider: String)
  /// An external account was unlinked.
  case externalAccountUnlinked(provider: String)
  /// Invites a person to work for the platform.
  case invitation(token: String, inviter: String, role: String)
}

/// The recipient of an e-mail.
package struct EmailRecipient: Equatable, Sendable {
  /// The address in the form of mail servers.
  package let email: String
  /// The name of the recipient.
  package let name: String

  /// A recipient.
  package init(email: String, name: String) {
    self.email = EmailAddress(email)?.deliverable ?? email
    self.name = name
  }
}

extension AccountEmail {
  /// The limits of e-mails of one kind to an address.
  package enum SendLimit: Sendable {
    /// No limit: the sender is signed in, or has a mailed token.
    case unlimited
    /// Few: anybody can cause them.
    case strict
    /// More: who causes them has shown a password, or works for the platform.
    case relaxed
  }

  /// The limit keeps callers from flooding a mailbox.
  package var sendLimit: SendLimit {
    switch self {
    case .verifyEmail, .alreadyRegistered, .resetPassword, .lockedOut: .strict
    case .newDevice, .invitation: .relaxed
    case .passwordChanged, .secondFactorRemoved, .externalAccountLinked, .externalAccountUnlinked: .unlimited
    }
  }
}

/// Sends e-mails when the transaction is committed.
package protocol AccountMailer: Sendable {
  /// Enqueues an e-mail, unless the address had too many of its kind: the response of the call does not reveal that. A
  /// token in the e-mail is stored only if the e-mail is enqueued.
  /// - Returns: whether the e-mail is enqueued.
  @discardableResult
  func send(_ email: AccountEmail, to emailRecipient: EmailRecipient, in work: Work) async throws -> Bool
}

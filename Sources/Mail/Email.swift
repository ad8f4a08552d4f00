/// A mail to one person, as the shop asks for it. It says what is to be told; the queue knows how and when it goes out.
package struct Email: Sendable, Equatable {
  /// What a mail is about. The raw value stands in the database and in the names of files.
  package enum Kind: String, Sendable, CaseIterable {
    /// Asks whether the address is the person's own.
    case emailVerification = "email-verification"
    /// Somebody registered with an address that has an account.
    case alreadyRegistered = "already-registered"
    /// The way to a new password.
    case passwordReset = "password-reset"
    /// The password is another one now.
    case passwordChanged = "password-changed"
    /// No code is asked for any more.
    case secondFactorRemoved = "second-factor-removed"
    /// An account elsewhere signs the person in from now on.
    case externalAccountLinked = "external-account-linked"
    /// An account elsewhere does not sign the person in any more.
    case externalAccountUnlinked = "external-account-unlinked"
    /// Asks somebody to work with us.
    case invitation
    /// Somebody signed in from a device that was not known.
    case newDevice = "new-device"
    /// The account is closed for a while, after too many wrong passwords.
    case lockOut = "lock-out"
  }

  /// More scalars of a subject are cut off.
  package static let subjectScalarsMax = 200
  /// More bytes of one of the two texts are refused by the database.
  package static let bodyBytesMax = 256 * 1024

  /// What it is about.
  package let kind: Kind
  /// Who gets it.
  package let recipient: MailAddress
  /// The line that the recipient sees first.
  package let subject: String
  /// The content for who reads plain text.
  package let text: String
  /// The same content as a page.
  package let html: String
  /// It is of no use later than this after it was asked for, and is given up then; nil for a mail that stays true.
  package let usefulFor: Duration?

  /// A mail with everything given.
  package init(
    _ kind: Kind, to recipient: MailAddress, subject: String, text: String, html: String, usefulFor: Duration? = nil
  ) {
    self.kind = kind
    self.recipient = recipient
    self.subject = String(String.UnicodeScalarView(subject.unicodeScalars.prefix(Self.subjectScalarsMax)))
    self.text = text
    self.html = html
    self.usefulFor = usefulFor
  }
}

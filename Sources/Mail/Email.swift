/// An e-mail to one person, as another module requests it. The queue decides when it is sent.
package struct Email: Sendable, Equatable {
  /// The kind of e-mail. The raw value is part of the database and of file names.
  package enum Kind: String, Sendable, CaseIterable {
    /// Asks the recipient to verify the address.
    case emailVerification = "email-verification"
    /// Somebody registered with the address of an existing account.
    case alreadyRegistered = "already-registered"
    /// A link to reset the password.
    case passwordReset = "password-reset"
    /// The password was changed.
    case passwordChanged = "password-changed"
    /// The second factor was removed.
    case secondFactorRemoved = "second-factor-removed"
    /// An external account was linked.
    case externalAccountLinked = "external-account-linked"
    /// An external account was unlinked.
    case externalAccountUnlinked = "external-account-unlinked"
    /// Invites a person to work for the platform.
    case invitation
    /// Somebody signed in from a new device.
    case newDevice = "new-device"
    /// The account is locked after too many failed sign-ins.
    case lockOut = "lock-out"
    /// Variants of a shop are low on stock.
    case lowStock = "low-stock"
    /// Asks a guest to confirm the subscription to be told when a product is back.
    case confirmBackInStock = "confirm-back-in-stock"
    /// A product can be bought again.
    case backInStock = "back-in-stock"
    /// An application to sell was approved.
    case sellerApproved = "seller-approved"
    /// An application to sell was rejected.
    case sellerRejected = "seller-rejected"
    /// A shop was suspended.
    case sellerSuspended = "seller-suspended"
    /// A suspended shop sells again.
    case sellerReinstated = "seller-reinstated"
  }

  /// The maximum length of a subject in scalars; the rest is cut off.
  package static let subjectScalarsMax = 200
  /// The maximum size of each text; the database refuses more.
  package static let bodyBytesMax = 256 * 1024

  /// The kind of the e-mail.
  package let kind: Kind
  /// The recipient.
  package let recipient: MailAddress
  /// The subject.
  package let subject: String
  /// The plain text.
  package let text: String
  /// The same content as HTML.
  package let html: String
  /// The time for which the e-mail is useful after its request; later it is dropped. Nil for an e-mail that stays
  /// valid.
  package let usefulFor: Duration?

  /// An e-mail.
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

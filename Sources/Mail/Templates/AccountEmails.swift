// The e-mails to users about their accounts.

extension Email {
  /// Asks the recipient to verify the address. `link` has the token and is valid for `validity`.
  package static func emailVerification(to recipient: MailAddress, link: String, validity: Duration) -> Email {
    Email(
      .emailVerification, recipient, usefulFor: validity,
      EmailTemplate(
        title: "Confirm your e-mail address", name: recipient.name,
        paragraphs: [
          "Thank you for registering. Please confirm your e-mail address.",
          "The link is valid for \(validity.inWords).",
        ],
        action: .init(label: "Confirm this address", link: link),
        closing: "If you have not registered with us, please ignore this mail."))
  }

  /// Says that the address has an account already.
  package static func alreadyRegistered(to recipient: MailAddress) -> Email {
    Email(
      .alreadyRegistered, recipient,
      EmailTemplate(
        title: "You already have an account", name: recipient.name,
        paragraphs: [
          "Somebody, probably you, tried to register with this address, but it already has an account.",
          "If you have forgotten your password, you can set a new one on the sign-in page.",
        ],
        closing: "If it was not you, please ignore this mail."))
  }

  /// A link to reset the password. `link` has the token and is valid for `validity`.
  package static func passwordReset(to recipient: MailAddress, link: String, validity: Duration) -> Email {
    Email(
      .passwordReset, recipient, usefulFor: validity,
      EmailTemplate(
        title: "Choose a new password", name: recipient.name,
        paragraphs: [
          "Somebody, probably you, asked for a new password for your account.",
          "The link can be used once, within \(validity.inWords).",
        ],
        action: .init(label: "Choose a new password", link: link),
        closing: "If it was not you, please ignore this mail. Your password does not change."))
  }

  /// Says that the password was changed.
  package static func passwordChanged(to recipient: MailAddress) -> Email {
    Email(
      .passwordChanged, recipient,
      EmailTemplate(
        title: "Your password was changed", name: recipient.name,
        paragraphs: ["The password of your account was changed, and all other devices were signed out."],
        closing: "If it was not you, reset your password at once and contact our support."))
  }

  /// Says that the second factor was removed.
  package static func secondFactorRemoved(to recipient: MailAddress) -> Email {
    Email(
      .secondFactorRemoved, recipient,
      EmailTemplate(
        title: "Your second factor was removed", name: recipient.name,
        paragraphs: ["You no longer need a code to sign in: the password is enough."],
        closing: "If you did not ask for this, change your password at once and contact our support."))
  }

  /// Says that an external account was linked.
  package static func externalAccountLinked(to recipient: MailAddress, provider: String) -> Email {
    Email(
      .externalAccountLinked, recipient,
      EmailTemplate(
        title: "You can now sign in with \(provider)", name: recipient.name,
        paragraphs: ["An account at \(provider) was linked to yours. You can now sign in with it."],
        closing: "If it was not you, unlink it in your account settings and change your password."))
  }

  /// Says that an external account was unlinked.
  package static func externalAccountUnlinked(to recipient: MailAddress, provider: String) -> Email {
    Email(
      .externalAccountUnlinked, recipient,
      EmailTemplate(
        title: "You can no longer sign in with \(provider)", name: recipient.name,
        paragraphs: ["An account at \(provider) was unlinked from yours. Your other ways to sign in have not changed."],
        closing: "If it was not you, change your password at once and contact our support."))
  }

  /// Invites a person to work for the platform. `inviter` is the person who invites, `role` the role.
  package static func invitation(
    to recipient: MailAddress, from inviter: String, role: String, link: String, validity: Duration
  ) -> Email {
    Email(
      .invitation, recipient, usefulFor: validity,
      EmailTemplate(
        title: "You are invited to \(EmailTemplate.shop)", name: recipient.name,
        paragraphs: [
          "\(inviter) invites you to join \(EmailTemplate.shop) as \(role).",
          "The link can be used once, within \(validity.inWords).",
        ],
        action: .init(label: "Accept the invitation", link: link),
        closing: "If you do not know what this is about, please ignore this mail."))
  }

  /// Reports a sign-in from a new device. `moment` is the time in the form for the recipient.
  package static func newDevice(to recipient: MailAddress, device: String, address: String, moment: String) -> Email {
    Email(
      .newDevice, recipient,
      EmailTemplate(
        title: "A new device signed in", name: recipient.name,
        paragraphs: ["Somebody signed in to your account from a device that we have not seen before."],
        facts: [("Device", device), ("Address", address), ("When", moment)],
        closing: "If it was you, you need to do nothing. If not, change your password and end your other sessions."))
  }

  /// Says that the account is locked. `address` is the IP address of the last failed sign-in.
  package static func lockOut(to recipient: MailAddress, address: String, duration: Duration) -> Email {
    Email(
      .lockOut, recipient,
      EmailTemplate(
        title: "Your account is locked for a while", name: recipient.name,
        paragraphs: [
          "There were too many sign-ins with a wrong password. Nobody can sign in for the next \(duration.inWords).",
          "You need to do nothing. Setting a new password unlocks the account at once.",
        ],
        facts: [("Last attempt from", address)],
        closing: "If it was not you, your password is still safe: nobody has signed in."))
  }

  init(_ kind: Kind, _ recipient: MailAddress, usefulFor: Duration? = nil, _ template: EmailTemplate) {
    self.init(
      kind, to: recipient, subject: template.title, text: template.text, html: template.html, usefulFor: usefulFor)
  }
}

extension Duration {
  /// The duration for people: `2 days`, `1 hour`, `15 minutes`; in the largest unit that divides it, in whole minutes,
  /// at least one.
  var inWords: String {
    let minutes = max(1, components.seconds / 60)
    for (unit, length) in [("day", Int64(1_440)), ("hour", 60), ("minute", 1)] where minutes % length == 0 {
      let count = minutes / length
      return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
    return "\(minutes) minutes"
  }
}

// What the shop writes to people about their accounts.

extension Email {
  /// Asks whether the address is the person's own. `link` holds the token and is good for `validity`.
  package static func emailVerification(to recipient: MailAddress, link: String, validity: Duration) -> Email {
    Email(
      .emailVerification, recipient, usefulFor: validity,
      EmailTemplate(
        title: "Confirm your e-mail address", name: recipient.name,
        paragraphs: [
          "Thank you for registering. Please confirm that this address is yours.",
          "The link is good for \(validity.inWords).",
        ],
        action: .init(label: "Confirm this address", link: link),
        closing: "If you have not registered with us, ignore this mail: nothing happens then."))
  }

  /// Says that there is an account already.
  package static func alreadyRegistered(to recipient: MailAddress) -> Email {
    Email(
      .alreadyRegistered, recipient,
      EmailTemplate(
        title: "You have an account already", name: recipient.name,
        paragraphs: [
          "Somebody, you we hope, registered with this address, which has an account.",
          "If you have forgotten your password, ask for a new one where you sign in.",
        ],
        closing: "If it was not you, ignore this mail: nothing happens then."))
  }

  /// The way to a new password. `link` holds the token and is good for `validity`.
  package static func passwordReset(to recipient: MailAddress, link: String, validity: Duration) -> Email {
    Email(
      .passwordReset, recipient, usefulFor: validity,
      EmailTemplate(
        title: "Choose a new password", name: recipient.name,
        paragraphs: [
          "Somebody, you we hope, wants a new password for your account.",
          "The link is good once, for \(validity.inWords).",
        ],
        action: .init(label: "Choose a new password", link: link),
        closing: "If it was not you, ignore this mail: your password stays as it is."))
  }

  /// Says that the password is another one now.
  package static func passwordChanged(to recipient: MailAddress) -> Email {
    Email(
      .passwordChanged, recipient,
      EmailTemplate(
        title: "Your password was changed", name: recipient.name,
        paragraphs: ["The password of your account was changed, and all other devices were signed out."],
        closing: "If it was not you, reset your password at once and write to our support."))
  }

  /// Says that no code is asked for any more.
  package static func secondFactorRemoved(to recipient: MailAddress) -> Email {
    Email(
      .secondFactorRemoved, recipient,
      EmailTemplate(
        title: "Your second factor was removed", name: recipient.name,
        paragraphs: ["Your account no longer asks for a code when you sign in: the password alone is enough."],
        closing: "If you did not ask for it, change your password at once and write to our support."))
  }

  /// Says that an account elsewhere signs the person in from now on.
  package static func externalAccountLinked(to recipient: MailAddress, provider: String) -> Email {
    Email(
      .externalAccountLinked, recipient,
      EmailTemplate(
        title: "You can sign in with \(provider) now", name: recipient.name,
        paragraphs: ["An account at \(provider) was linked to yours: whoever has it can sign in."],
        closing: "If it was not you, take the link away in your account, and change your password."))
  }

  /// Says that an account elsewhere does not sign the person in any more.
  package static func externalAccountUnlinked(to recipient: MailAddress, provider: String) -> Email {
    Email(
      .externalAccountUnlinked, recipient,
      EmailTemplate(
        title: "You cannot sign in with \(provider) any more", name: recipient.name,
        paragraphs: ["An account at \(provider) was unlinked from yours. Other ways to sign in stay as they are."],
        closing: "If it was not you, change your password at once and write to our support."))
  }

  /// Asks somebody to work with us. `inviter` is the person who asks, `role` what they would be.
  package static func invitation(
    to recipient: MailAddress, from inviter: String, role: String, link: String, validity: Duration
  ) -> Email {
    Email(
      .invitation, recipient, usefulFor: validity,
      EmailTemplate(
        title: "You are invited to \(EmailTemplate.shop)", name: recipient.name,
        paragraphs: [
          "\(inviter) invites you to join \(EmailTemplate.shop) as \(role).",
          "The link is good once, for \(validity.inWords).",
        ],
        action: .init(label: "Accept the invitation", link: link),
        closing: "If you do not know what this is about, ignore this mail."))
  }

  /// Says that somebody signed in from a device that was not known. `moment` is given as the reader should see it.
  package static func newDevice(to recipient: MailAddress, device: String, address: String, moment: String) -> Email {
    Email(
      .newDevice, recipient,
      EmailTemplate(
        title: "A new device signed in", name: recipient.name,
        paragraphs: ["Somebody signed in to your account from a device that we have not seen before."],
        facts: [("Device", device), ("Address", address), ("When", moment)],
        closing: "If it was you, all is well. If not, change your password and end your other sessions."))
  }

  /// Says that the account is closed to sign-ins for a while. `address` is where the last wrong password came from.
  package static func lockOut(to recipient: MailAddress, address: String, duration: Duration) -> Email {
    Email(
      .lockOut, recipient,
      EmailTemplate(
        title: "Your account is locked for a while", name: recipient.name,
        paragraphs: [
          "There were too many sign-ins with a wrong password. Nobody can sign in for the next \(duration.inWords).",
          "You need to do nothing; a new password ends it at once.",
        ],
        facts: [("Last attempt from", address)],
        closing: "If it was not you, your password is still safe: nobody got in."))
  }

  private init(_ kind: Kind, _ recipient: MailAddress, usefulFor: Duration? = nil, _ page: EmailTemplate) {
    self.init(
      kind, to: recipient, subject: page.title, text: page.text, html: page.html, usefulFor: usefulFor)
  }
}

extension Duration {
  /// For people: `2 days`, `1 hour`, `15 minutes`; in the largest unit that divides it, whole minutes at least.
  var inWords: String {
    let minutes = max(1, components.seconds / 60)
    for (unit, length) in [("day", Int64(1_440)), ("hour", 60), ("minute", 1)] where minutes % length == 0 {
      let count = minutes / length
      return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
    return "\(minutes) minutes"
  }
}

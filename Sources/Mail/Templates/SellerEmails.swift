// The e-mails to people who sell, or want to. The names of shops are texts of strangers.

extension Email {
  /// Says that an application to sell was approved.
  package static func sellerApproved(to recipient: MailAddress, shop: String) -> Email {
    Email(
      .sellerApproved, recipient,
      EmailTemplate(
        title: "Your shop is open", name: recipient.name,
        paragraphs: [
          "We have approved your application, and you own the shop now.",
          "Sign in again to add products and to invite your team.",
        ],
        facts: [("Shop", shop)],
        closing: "You receive this mail because you applied to sell with us."))
  }

  /// Says that an application to sell was rejected, and why.
  package static func sellerRejected(to recipient: MailAddress, shop: String, reason: String) -> Email {
    Email(
      .sellerRejected, recipient,
      EmailTemplate(
        title: "We cannot approve your application", name: recipient.name,
        paragraphs: ["We have rejected your application to sell. You may apply again when the reason is gone."],
        facts: [("Shop", shop), ("Reason", reason)],
        closing: "You receive this mail because you applied to sell with us."))
  }

  /// Says that a shop was suspended, and why.
  package static func sellerSuspended(to recipient: MailAddress, shop: String, reason: String) -> Email {
    Email(
      .sellerSuspended, recipient,
      EmailTemplate(
        title: "Your shop is suspended", name: recipient.name,
        paragraphs: [
          "Shoppers do not see your shop and its products for now. Nothing is deleted, and open orders stay open."
        ],
        facts: [("Shop", shop), ("Reason", reason)],
        closing: "If you think that this is a mistake, contact our support."))
  }

  /// Says that a suspended shop sells again.
  package static func sellerReinstated(to recipient: MailAddress, shop: String) -> Email {
    Email(
      .sellerReinstated, recipient,
      EmailTemplate(
        title: "Your shop sells again", name: recipient.name,
        paragraphs: ["The suspension of your shop has ended: shoppers see it and its products again."],
        facts: [("Shop", shop)],
        closing: "You receive this mail because you own the shop."))
  }
}

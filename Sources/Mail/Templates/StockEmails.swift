// The e-mails about stock.

extension Email {
  /// Tells somebody who runs a shop which variants have become low on stock: what each is called, and how many are
  /// left. `others` more have, too.
  package static func lowStock(
    to recipient: MailAddress, _ variants: [(name: String, left: String)], others: Int
  ) -> Email {
    var paragraphs = ["These products have reached the quantity at which you want to be told:"]
    if others > 0 { paragraphs.append("So have \(others) more, which your list of low stock shows.") }
    return Email(
      .lowStock, recipient,
      EmailTemplate(
        title: "Products are nearly sold out", name: recipient.name, paragraphs: paragraphs,
        facts: variants.map { (name: OneLine.text($0.name), value: $0.left) },
        closing: "You get this mail once each time that a product becomes low on stock."))
  }

  /// Asks a guest to confirm the address that wants to be told when a product is back. `link` has the token and is
  /// valid for `validity`.
  package static func confirmBackInStock(
    to recipient: MailAddress, product: String, link: String, validity: Duration
  ) -> Email {
    Email(
      .confirmBackInStock, recipient, usefulFor: validity,
      EmailTemplate(
        title: "Shall we tell you when it is back?", name: recipient.name,
        paragraphs: [
          "Somebody, probably you, wants to know when this product can be bought again: \(OneLine.text(product)).",
          "We write to this address only if you confirm it. The link is valid for \(validity.inWords).",
        ],
        action: .init(label: "Tell me when it is back", link: link),
        closing: "If it was not you, please ignore this mail."))
  }

  /// Says that a product can be bought again. `link` leads to its page.
  package static func backInStock(to recipient: MailAddress, product: String, link: String) -> Email {
    Email(
      .backInStock, recipient,
      EmailTemplate(
        title: "It is back in stock", name: recipient.name,
        paragraphs: [
          "You wanted to know when this product can be bought again: \(OneLine.text(product)).",
          "It can now, but we cannot keep one for you.",
        ],
        action: .init(label: "Go to the product", link: link),
        closing: "You asked for this one mail, and get no other about it."))
  }
}

package import Identity
package import Platform

/// The e-mails about stock.
package enum StockEmail: Equatable, Sendable {
  /// A variant that is low on stock.
  package struct LowVariant: Equatable, Sendable {
    /// What the seller calls it: the SKU, and the titles of the product and the variant.
    package let name: String
    /// The quantity that can be sold.
    package let available: Int64
    /// The threshold of the seller.
    package let threshold: Int64
  }

  /// Tells a seller which variants have become low on stock; `others` are not named.
  case lowStock([LowVariant], others: Int)
  /// Asks a guest to confirm the subscription to be told when a product is back.
  case confirmBackInStock(product: String, token: String)
  /// A product can be bought again. The path of its page has this slug.
  case backInStock(product: String, slug: String)

  /// How long a guest can confirm a subscription.
  package static let confirmationLifetime: Duration = .seconds(2 * 86_400)

  /// Whether strangers can cause it: then few are sent to a mailbox.
  package var isLimited: Bool {
    switch self {
    case .confirmBackInStock: true
    case .lowStock, .backInStock: false
    }
  }
}

/// Sends e-mails about stock when the transaction is committed.
package protocol StockMailer: Sendable {
  /// Enqueues an e-mail, unless the address had too many of its kind: no response reveals that.
  func send(_ email: StockEmail, to recipient: EmailRecipient, in work: Work) async throws
}

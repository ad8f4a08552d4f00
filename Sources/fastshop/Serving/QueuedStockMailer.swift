import Identity
import Inventory
import Mail
import Platform
import Postgres

/// Queues the e-mails about stock. Their links lead to the shop's web pages.
struct QueuedStockMailer: StockMailer {
  let settings: IdentitySettings
  /// The limit of e-mails that strangers can cause.
  let limit: MailboxLimit

  func send(_ email: StockEmail, to emailRecipient: EmailRecipient, in work: Work) async throws {
    guard let recipient = MailAddress(emailRecipient.email, name: emailRecipient.name) else { return }
    let mail = mail(email, to: recipient)
    if email.isLimited {
      guard try await limit.admits(mail.kind, to: recipient.address, work.transaction) else { return }
    }
    try work.enqueue(mail)
  }

  private func mail(_ email: StockEmail, to recipient: MailAddress) -> Email {
    switch email {
    case .lowStock(let variants, let others):
      .lowStock(
        to: recipient, variants.map { (name: $0.name, left: "\($0.available) left, told at \($0.threshold)") },
        others: others)
    case .confirmBackInStock(let product, let token):
      .confirmBackInStock(
        to: recipient, product: product, link: "\(settings.siteURL)/back-in-stock#token=\(token)",
        validity: StockEmail.confirmationLifetime)
    case .backInStock(let product, let slug):
      .backInStock(to: recipient, product: product, link: "\(settings.siteURL)/products/\(slug)")
    }
  }
}

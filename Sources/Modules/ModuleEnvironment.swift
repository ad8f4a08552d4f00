package import Catalog
package import EventLoop
package import Identity
package import Inventory
package import Mail
package import Platform

/// What modules are made from: the server that they run in, and their settings.
package struct ModuleEnvironment: Sendable {
  /// The loops of the server, each connected to the database.
  package let group: EventLoopGroup
  /// Seals the secrets in the database.
  package let vault: Vault
  /// The settings of Identity.
  package let identity: IdentitySettings
  /// Sends the e-mails about accounts.
  package let mailer: any AccountMailer
  /// Sends the e-mails about stock.
  package let stockMailer: any StockMailer
  /// The sender of e-mails.
  package let mailSender: MailAddress
  /// Delivers e-mails.
  package let mailDelivery: any MailDelivery
  /// Where the images of products are.
  package let media: MediaSettings
  /// Puts texts into the languages of callers.
  package let localization: Localization
  /// The currency of the shop.
  package let currency: Currency
  /// The address of the service that knows tax numbers; nil without one.
  package let taxNumbersURL: String?
  /// The number of changes of stock that a loop keeps for its subscribers.
  package let stockEventsKept: Int

  /// The environment of one server, or of a test.
  package init(
    group: EventLoopGroup, vault: Vault, identity: IdentitySettings,
    mailer: any AccountMailer, stockMailer: any StockMailer, mailSender: MailAddress, mailDelivery: any MailDelivery,
    media: MediaSettings, localization: Localization = Localization(), currency: Currency = .euro,
    stockEventsKept: Int = InventoryModule.eventsKeptUsual, taxNumbersURL: String? = nil
  ) {
    self.group = group
    self.vault = vault
    self.identity = identity
    self.mailer = mailer
    self.stockMailer = stockMailer
    self.mailSender = mailSender
    self.mailDelivery = mailDelivery
    self.media = media
    self.localization = localization
    self.currency = currency
    self.taxNumbersURL = taxNumbersURL
    self.stockEventsKept = stockEventsKept
  }
}

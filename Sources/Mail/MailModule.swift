package import Platform

/// Sends the e-mails of the queue while the server runs, by jobs.
package struct MailModule: ShopModule {
  package static let sealedColumns = [MailContent.column]
  package static let plaintextColumns = [MailContent.clearColumn]

  private let sender: MailAddress
  private let delivery: any MailDelivery

  /// A module that sends by `delivery`. `sender` is the sender of the e-mails.
  package init(sender: MailAddress, delivery: any MailDelivery) {
    self.sender = sender
    self.delivery = delivery
  }

  package var jobKinds: [any JobKind] { [SendMail(sender: sender, delivery: delivery)] }

  package var chores: [Chore] { MailUpkeep.chores }

  /// Releases what the deliveries use.
  package func stop(grace: Duration) async { await delivery.close() }
}

package import Platform

/// Sends the e-mails of the queue while the server runs, by jobs.
package struct MailModule: Sendable {
  private let sender: MailAddress
  private let delivery: any MailDelivery

  /// A module that sends by `delivery`. `sender` is the sender of the e-mails.
  package init(sender: MailAddress, delivery: any MailDelivery) {
    self.sender = sender
    self.delivery = delivery
  }

  /// The kinds of jobs of the module.
  package var jobKinds: [any JobKind] { [SendMail(sender: sender, delivery: delivery)] }

  /// Releases what the deliveries use. To be called when no job runs any more.
  package func close() async { await delivery.close() }
}

/// Delivers e-mails.
package protocol MailDelivery: Sendable {
  /// The maximum number of concurrent deliveries.
  var concurrency: Int { get }

  /// The maximum duration of a delivery in seconds. The lease of an e-mail is longer.
  var deliverySecondsMax: Int { get }

  /// Delivers one e-mail. It may be called again for the same e-mail when the result of an attempt was lost.
  func deliver(_ message: MIMEMessage) async throws(MailDeliveryError)

  /// Releases its resources.
  func close() async
}

/// Why an e-mail was not delivered.
package enum MailDeliveryError: Error, Sendable, Equatable {
  /// A temporary failure, with a sentence for operators.
  case later(String)
  /// A permanent failure: the recipient's server refuses it. With a sentence for operators.
  case never(String)
  /// The server stopped during the delivery, and the result is unknown.
  case interrupted
}

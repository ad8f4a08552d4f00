/// A way to get mails out.
package protocol MailDelivery: Sendable {
  /// How many may be under way at the same time.
  var concurrency: Int { get }

  /// How long one delivery takes at most. A mail's lease is longer.
  var deliverySecondsMax: Int { get }

  /// Delivers one mail, or says why not. May be asked for the same mail again, when an attempt's end was not heard of.
  func deliver(_ message: MIMEMessage) async throws(MailDeliveryError)

  /// Lets go of what it holds.
  func close() async
}

/// Why a mail was not delivered.
package enum MailDeliveryError: Error, Sendable, Equatable {
  /// It may work later. With a sentence for operators.
  case later(String)
  /// It never will: whoever is responsible for the address does not want it. With a sentence for operators.
  case never(String)
  /// The server ends, and nobody knows how far it had come.
  case interrupted
}

package import HTTPClient

/// Hands mails to a mail server, which sees to the rest.
package struct SMTPDelivery: MailDelivery {
  package let concurrency: Int
  package let deliverySecondsMax: Int

  private let client: SMTPClient

  /// Delivers to the server of `configuration`.
  package init(_ configuration: SMTPConfiguration) {
    client = SMTPClient(configuration)
    concurrency = configuration.connectionsMax
    deliverySecondsMax = Int(configuration.timeout.components.seconds) + 1
  }

  package func deliver(_ message: MIMEMessage) async throws(MailDeliveryError) {
    do {
      try await client.send(SMTPMessage(from: message.sender, to: [message.recipient], content: message.content))
    } catch {
      switch error {
      case .cancelled, .closed: throw .interrupted
      case _ where error.isPermanent: throw .never(error.description)
      default: throw .later(error.description)
      }
    }
  }

  package func close() async { await client.close() }
}

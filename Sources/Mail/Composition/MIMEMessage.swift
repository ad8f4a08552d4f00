/// A mail on its way out: whom the servers are told it is from and for, and every byte that they pass on.
package struct MIMEMessage: Sendable, Equatable {
  /// The mail's UUID: the same for every attempt to deliver it.
  package let id: String
  /// What it is about.
  package let kind: String
  /// The sender's address.
  package let sender: String
  /// The recipient's address.
  package let recipient: String
  /// Header and body, with CR LF at the end of every line.
  package let content: [UInt8]

  /// How the lines between its parts begin.
  static let boundaryStart = "--=_"

  /// Composes a mail.
  /// - Parameters:
  ///   - madeAt: when it was asked for, in seconds since 1970. So a second attempt sends the same bytes as the first.
  package init(
    id: String, kind: String, from sender: MailAddress, to recipient: MailAddress, subject: String, text: String,
    html: String, madeAt: Int64
  ) {
    self.id = id
    self.kind = kind
    self.sender = sender.address
    self.recipient = recipient.address
    // It cannot occur in a part: "=_" is nothing that quoted-printable writes, and plain lines do not begin with it.
    let boundary = "=_\(id)"
    let header = [
      HeaderText.field("From", sender),
      HeaderText.field("To", recipient),
      HeaderText.field("Subject", subject),
      "Date: \(MailDate.text(secondsSince1970: madeAt))",
      "Message-ID: <\(id)@\(sender.host)>",
      "Auto-Submitted: auto-generated",
      "MIME-Version: 1.0",
      "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"",
      "",
      "",
    ]
    var content = Array(header.joined(separator: "\r\n").utf8)
    for (type, body) in [("plain", text), ("html", html)] {
      content += Array("--\(boundary)\r\n".utf8)
      content += Array("Content-Type: text/\(type); charset=utf-8\r\n".utf8)
      let encoded = PlainLines.encode(body).map { ("7bit", $0) } ?? ("quoted-printable", QuotedPrintable.encode(body))
      content += Array("Content-Transfer-Encoding: \(encoded.0)\r\n\r\n".utf8)
      content += encoded.1
      content += [0x0D, 0x0A]
    }
    content += Array("--\(boundary)--\r\n".utf8)
    self.content = content
  }
}

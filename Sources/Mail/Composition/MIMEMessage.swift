/// A composed e-mail: the envelope, and every byte of the message.
package struct MIMEMessage: Sendable, Equatable {
  /// The UUID of the e-mail, the same for every delivery attempt.
  package let id: String
  /// The kind of the e-mail.
  package let kind: String
  /// The envelope sender.
  package let sender: String
  /// The envelope recipient.
  package let recipient: String
  /// The header and the body, with CR LF at the end of every line.
  package let content: [UInt8]

  /// The prefix of the boundary lines.
  static let boundaryStart = "--=_"

  /// Composes an e-mail.
  /// - Parameters:
  ///   - madeAt: when it was requested, in seconds since 1970, so a second attempt sends the same bytes.
  package init(
    id: String, kind: String, from sender: MailAddress, to recipient: MailAddress, subject: String, text: String,
    html: String, madeAt: Int64
  ) {
    self.id = id
    self.kind = kind
    self.sender = sender.address
    self.recipient = recipient.address
    // The boundary cannot occur in a part: quoted-printable never writes "=_", and plain lines do not begin with it.
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

/// A mail for an ``SMTPClient``: its envelope, and its content, which is sent unchanged.
public struct SMTPMessage: Sendable {
  /// More bytes of content are refused.
  public static let contentBytesMax = 10 * 1024 * 1024
  /// More recipients are refused.
  public static let recipientsMax = 100

  /// The address that is notified when the mail cannot be delivered.
  public var sender: String
  /// The recipients.
  public var recipients: [String]
  /// Header and body, with CR LF at the end of every line.
  public var content: [UInt8]

  /// A mail with everything given.
  public init(from sender: String, to recipients: [String], content: [UInt8]) {
    self.sender = sender
    self.recipients = recipients
    self.content = content
  }

  /// The error of an invalid field, which could inject a command; nil for a valid message.
  var fault: String? {
    guard ([sender] + recipients).allSatisfy(Self.isAddress) else { return "an address would break out of its command" }
    guard (1...Self.recipientsMax).contains(recipients.count) else { return "there are \(recipients.count) recipients" }
    guard content.count <= Self.contentBytesMax else { return "it has \(content.count) bytes" }
    return nil
  }

  private static func isAddress(_ text: String) -> Bool {
    text.utf8.count <= 254 && text.contains("@")
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"<>\"\\()[],;:".utf8.contains($0) }
  }
}

import FoundationEssentials
import HTTPClient
import Mail

/// The delivery of mails: validated.
struct MailSettings: Equatable, Sendable {
  private static let wanted =
    "smtp://user:password@host:587 for STARTTLS, smtps://user:password@host:465 for TLS, or, for a server on this "
    + "machine, smtp://127.0.0.1:25?tls=off; with %XX for characters that are not allowed in a URL"

  /// The sender of mails.
  let sender: MailAddress
  /// The mail server; nil for the folder.
  let server: SMTPConfiguration?
  /// The limit of e-mails of one kind to an address that strangers can cause.
  let mailbox: MailboxLimit
  /// The folder for e-mails when there is no mail server.
  let folder: String

  init(
    _ options: MailOptions, dataDirectory: String, environment: [String: String]
  ) throws(SettingError) {
    folder = dataDirectory + "/mail"
    let source = SettingSource(environment: environment)
    let sender = try source.value(
      flag: "--mail-from", options.mailFrom, variable: "FASTSHOP_MAIL_FROM",
      wanted: "an address such as shop@example.com or My Shop <shop@example.com>", parse: MailAddress.init(parsing:))
    guard let sender = sender ?? MailAddress("no-reply@localhost", name: "FastShop") else {
      throw SettingError(name: "--mail-from", value: nil, wanted: "an address")
    }
    self.sender = sender
    var mailbox = MailboxLimit.usual
    mailbox.perQuarterHour =
      try Self.count("--mails-per-quarter-hour", options.mailsPerQuarterHour, "FASTSHOP_MAILS_PER_QUARTER_HOUR", source)
      ?? mailbox.perQuarterHour
    mailbox.perDay =
      try Self.count("--mails-per-day", options.mailsPerDay, "FASTSHOP_MAILS_PER_DAY", source) ?? mailbox.perDay
    self.mailbox = mailbox
    let authority = try source.value(
      flag: "--smtp-authority", options.smtpAuthority, variable: "FASTSHOP_SMTP_AUTHORITY",
      wanted: "the path of a PEM file"
    ) { $0.isEmpty || $0.contains("\0") ? nil : $0 }
    var server = try source.value(
      flag: "", nil, variable: "FASTSHOP_SMTP_URL", wanted: Self.wanted, isSecret: true, parse: Self.server)
    server?.trustedCertificatesPath = authority
    server?.helloName = sender.host
    self.server = server
  }

  private static func count(
    _ flag: String, _ given: String?, _ variable: String, _ source: SettingSource
  ) throws(SettingError) -> Int? {
    let most = MailboxLimit.countsMost
    return try source.value(flag: flag, given, variable: variable, wanted: "a whole number from 1 to \(most)") {
      Int($0).flatMap { (1...most).contains($0) ? $0 : nil }
    }
  }

  private static func server(_ text: String) -> SMTPConfiguration? {
    guard let text = WebURL(text, schemes: ["smtp", "smtps"])?.text, let url = URLComponents(string: text),
      let scheme = url.scheme?.lowercased(), var host = url.host, !host.isEmpty, url.path.isEmpty || url.path == "/",
      url.fragment == nil, (url.user == nil) == (url.password == nil)
    else { return nil }
    if host.hasPrefix("[") && host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard host.utf8.allSatisfy({ isHostByte($0) }), let security = security(scheme, url.query, host) else { return nil }
    // A password in clear text is for this machine alone.
    if security == .none && url.user != nil && !isLoopback(host) { return nil }
    let port = url.port ?? [.tls: 465, .startTLS: 587, .none: 25][security] ?? 25
    guard (1...65_535).contains(port) else { return nil }
    return SMTPConfiguration(
      host: host, port: port, security: security, user: url.user, password: url.password)
  }

  private static func security(_ scheme: String, _ query: String?, _ host: String) -> SMTPConfiguration.Security? {
    switch (scheme, query ?? "") {
    case ("smtps", ""): .tls
    case ("smtp", ""): .startTLS
    case ("smtp", "tls=off"): SMTPConfiguration.Security.none
    default: nil
    }
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"):
      true
    default: false
    }
  }

  private static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }
}

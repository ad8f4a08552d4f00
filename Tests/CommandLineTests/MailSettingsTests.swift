import ArgumentParser
import HTTPClient
import Mail
import Testing

@testable import fastshop

@Suite struct MailSettingsTests {
  private static func settings(_ flags: [String] = [], _ environment: [String: String] = [:]) throws -> MailSettings {
    try MailSettings(try ServeCommand.parse(flags).mail, dataDirectory: "/data", environment: environment)
  }

  private static func server(_ url: String) throws -> SMTPConfiguration? {
    try settings([], ["FASTSHOP_SMTP_URL": url]).server
  }

  @Test func `without settings, mails are put into the data's folder`() throws {
    let settings = try Self.settings()
    #expect(settings.server == nil && settings.folder == "/data/mail")
    #expect(settings.sender.address == "no-reply@localhost")
  }

  @Test func `a flag goes before the environment`() throws {
    let environment = ["FASTSHOP_MAIL_FROM": "a@a.example", "FASTSHOP_SMTP_URL": "smtp://mail.example"]
    #expect(try Self.settings([], environment).sender.address == "a@a.example")
    let settings = try Self.settings(["--mail-from", "My Shop <b@b.example>"], environment)
    #expect(settings.sender.address == "b@b.example" && settings.sender.name == "My Shop")
    #expect(settings.server?.helloName == "b.example", "it says where it comes from")
  }

  @Test func `how many mails strangers can cause is three and ten, unless something else is said`() throws {
    #expect(try Self.settings().mailbox == MailboxLimit(perQuarterHour: 3, perDay: 10))
    let environment = ["FASTSHOP_MAILS_PER_QUARTER_HOUR": "5", "FASTSHOP_MAILS_PER_DAY": "1000"]
    #expect(try Self.settings([], environment).mailbox == MailboxLimit(perQuarterHour: 5, perDay: 1_000))
    #expect(try Self.settings(["--mails-per-day", "7"], environment).mailbox.perDay == 7)
    for bad in ["0", "-1", "1001", "many", "99999999999999999999"] {
      #expect(throws: SettingError.self) { try Self.settings([], ["FASTSHOP_MAILS_PER_DAY": bad]) }
    }
  }

  @Test func `the authorities' file goes to the server's`() throws {
    let environment = ["FASTSHOP_SMTP_URL": "smtps://mail.example", "FASTSHOP_SMTP_AUTHORITY": "/etc/authority.pem"]
    #expect(try Self.settings([], environment).server?.trustedCertificatesPath == "/etc/authority.pem")
  }

  @Test(arguments: [
    ("smtp://mail.example", 587, SMTPConfiguration.Security.startTLS), ("smtps://mail.example", 465, .tls),
    ("SMTPS://mail.example/", 465, .tls), ("smtp://mail.example:2525", 2_525, .startTLS),
    ("smtp://mail.example?tls=off", 25, .none), ("smtp://127.0.0.1:1025?tls=off", 1_025, .none),
  ])
  func `a URL says where, how and through which port`(
    url: String, port: Int, security: SMTPConfiguration.Security
  ) throws {
    let server = try #require(try Self.server(url))
    #expect(server.port == port && server.security == security && server.user == nil)
  }

  @Test func `user and password may have any letter, and an address of IPv6 its brackets`() throws {
    let server = try #require(try Self.server("smtps://shop%40example.com:p%3Aw%2F%25@[::1]:4465"))
    #expect(server.user == "shop@example.com" && server.password == "p:w/%")
    #expect(server.host == "::1" && server.port == 4_465)
  }

  @Test func `a password in clear text is for this machine alone`() throws {
    #expect(try Self.server("smtp://a:b@localhost?tls=off")?.security == SMTPConfiguration.Security.none)
    #expect(throws: SettingError.self) { try Self.server("smtp://a:b@mail.example?tls=off") }
  }

  @Test(arguments: [
    "mail.example", "http://mail.example", "smtp://", "smtp://mail.example/inbox", "smtp://mail.example#x",
    "smtp://mail.example?tls=maybe", "smtps://mail.example?tls=off", "smtp://user@mail.example", "smtp://a b.example",
    "smtp://mail.example:0", "smtp://mail.example:70000", "smtp://mail_1.example", "smtp://mail.example\r\nQUIT",
  ])
  func `a URL that cannot be meant is refused, and nobody reads it in the message`(url: String) {
    #expect {
      try Self.server(url)
    } throws: { error in
      guard let error = error as? SettingError else { return false }
      return error.name == "FASTSHOP_SMTP_URL" && error.value == nil
    }
  }

  @Test(arguments: ["nobody", "a@b>\r\nBcc: c@d", "My Shop <a@b.example"])
  func `a sender that is none is refused by name`(sender: String) {
    #expect {
      try Self.settings([], ["FASTSHOP_MAIL_FROM": sender])
    } throws: { error in
      (error as? SettingError)?.name == "FASTSHOP_MAIL_FROM"
    }
  }
}

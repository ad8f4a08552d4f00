import HTTPClient
import Testing

@Suite struct SMTPClientTests {
  private static let content = Array("Subject: Hello\r\n\r\nFirst.\r\n.\r\n..two\r\n".utf8)

  private static func mail(to recipients: String...) -> SMTPMessage {
    SMTPMessage(from: "shop@shop.example", to: recipients, content: content)
  }

  /// The error that a mail to `recipient` ends with.
  private static func failure(
    to recipient: String, _ client: SMTPClient
  ) async -> SMTPError? {
    do {
      try await client.send(mail(to: recipient))
      return nil
    } catch {
      return error
    }
  }

  @Test func `mails arrive as they were made, one after another over one connection`() async throws {
    let server = try ScriptedMailServer()
    let client = server.client { ($0.connectionsMax, $0.idleSecondsMax) = (1, 600) }
    try await client.send(Self.mail(to: "ada@customer.example", "grace@customer.example"))
    try await client.send(Self.mail(to: "ada@customer.example"))
    await client.close()
    let mails = try server.stop()
    #expect(mails.map(\.to) == [["<ada@customer.example>", "<grace@customer.example>"], ["<ada@customer.example>"]])
    #expect(mails.map(\.connection) == [1, 1])
    for mail in mails {
      #expect(mail.hello == "shop.example" && mail.from.hasPrefix("<shop@shop.example>"))
      #expect(Array(mail.content.utf8) == Self.content)
    }
  }

  @Test func `a refusal is final or not, as the server says, and spoils nothing for the next mail`() async throws {
    let server = try ScriptedMailServer()
    let client = server.client()
    #expect(await Self.failure(to: "a@refuse.example", client) == .refused(code: 550, line: "550 nobody of that name"))
    #expect(await Self.failure(to: "a@later.example", client) == .refused(code: 451, line: "451 not now"))
    #expect(SMTPError.refused(code: 550, line: "").isPermanent && !SMTPError.refused(code: 451, line: "").isPermanent)
    #expect(await Self.failure(to: "a@customer.example", client) == nil)
    await client.close()
    #expect(try server.stop().map(\.to) == [["<a@customer.example>"]])
  }

  @Test func `a server that says nothing, or goes away, is told apart`() async throws {
    let server = try ScriptedMailServer()
    let client = server.client { $0.replyTimeout = .seconds(1) }
    #expect(await Self.failure(to: "a@silent.example", client) == .timedOut)
    guard case .broken = await Self.failure(to: "a@gone.example", client) else {
      Issue.record("a connection that breaks off is broken")
      return
    }
    await client.close()
    #expect(try server.stop().isEmpty)
    guard case .unreachable = await Self.failure(to: "a@customer.example", server.client()) else {
      Issue.record("nobody listens there any more")
      return
    }
  }

  @Test func `without TLS nothing is sent where TLS is wanted`() async throws {
    let server = try ScriptedMailServer()
    for security in [SMTPConfiguration.Security.startTLS, .tls] {
      let client = server.client(security) { $0.connectTimeout = .seconds(2) }
      let error = await Self.failure(to: "a@customer.example", client)
      #expect(error != nil && error?.isPermanent == false)
      if security == .startTLS, case .insecure = error {} else { #expect(security == .tls) }
      await client.close()
    }
    #expect(try server.stop().isEmpty)
  }

  @Test func `the password is shown, and a wrong one is our fault and not the mail's`() async throws {
    let server = try ScriptedMailServer(password: "swordfish")
    let right = server.client(user: "shop", password: "swordfish")
    #expect(await Self.failure(to: "a@customer.example", right) == nil)
    await right.close()
    let wrong = server.client(user: "shop", password: "hunter22")
    let error = try #require(await Self.failure(to: "a@customer.example", wrong))
    #expect(error == .notAuthenticated(code: 535) && !error.isPermanent)
    #expect(!error.description.contains("hunter22"))
    await wrong.close()
    #expect(try server.stop().count == 1)
  }

  @Test func `a closed client sends nothing, a cancelled mail is given up`() async throws {
    let server = try ScriptedMailServer()
    let client = server.client()
    let waiting = Task { await Self.failure(to: "a@silent.example", client) }
    try server.waitUntilSilent()
    waiting.cancel()
    #expect(await waiting.value == .cancelled)
    await client.close()
    #expect(await Self.failure(to: "a@customer.example", client) != nil)
    #expect(try server.stop().isEmpty)
  }

  @Test(arguments: [
    "a@b>\r\nRCPT TO:<c@d", "a b@c.example", "nobody", "", "<a@b.example>", "a@b.example\n",
    String(repeating: "a", count: 255) + "@b.example",
  ])
  func `an address that would break out of its command is refused before anybody is called`(address: String) async {
    let client = SMTPClient(SMTPConfiguration(host: "127.0.0.1", port: 1, security: .none))
    for message in [
      SMTPMessage(from: address, to: ["a@b.example"], content: []), Self.mail(to: address),
      Self.mail(to: "a@b.example", address),
    ] {
      await #expect {
        try await client.send(message)
      } throws: { error in
        guard case .invalidMessage? = error as? SMTPError else { return false }
        return true
      }
    }
    await client.close()
  }

  @Test func `a mail without recipients, with too many, or too long is refused`() async {
    let client = SMTPClient(SMTPConfiguration(host: "127.0.0.1", port: 1, security: .none))
    let many = Array(repeating: "a@b.example", count: SMTPMessage.recipientsMax + 1)
    let long = [UInt8](repeating: 0x61, count: SMTPMessage.contentBytesMax + 1)
    for (recipients, content) in [([], []), (many, []), (["a@b.example"], long)] {
      await #expect {
        try await client.send(SMTPMessage(from: "shop@shop.example", to: recipients, content: content))
      } throws: { error in
        guard case .invalidMessage? = error as? SMTPError else { return false }
        return true
      }
    }
    await client.close()
  }
}

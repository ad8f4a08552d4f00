import Testing

@testable import Mail

@Suite struct CompositionTests {
  // MARK: Header fields

  @Test(arguments: [
    ("Hello", "Subject: Hello"),
    ("", "Subject:"),
    ("  two   blanks\tand a tab ", "Subject: two blanks and a tab"),
    ("Grüße", "Subject: =?UTF-8?B?R3LDvMOfZQ==?="),
    ("looks like =?UTF-8?Q?one?=", "Subject: =?UTF-8?B?bG9va3MgbGlrZSA9P1VURi04P1E/b25lPz0=?="),
    ("a\r\nBcc: eve@example.com", "Subject: a Bcc: eve@example.com"),
    ("a\nBcc: x", "Subject: a Bcc: x"),
    ("a\rBcc: x", "Subject: a Bcc: x"),
    ("a\u{85}b\u{2028}c\u{2029}d\u{0}e\u{7F}f", "Subject: a b c d e f"),
    ("🚚 on its way", "Subject: =?UTF-8?B?8J+amiBvbiBpdHMgd2F5?="),
  ])
  func `a subject is one field, whatever it is`(text: String, field: String) {
    #expect(HeaderText.field("Subject", text) == field)
  }

  @Test(arguments: [
    ("", "To: ann@example.com"),
    ("Ann", "To: Ann <ann@example.com>"),
    ("Ann O'Neill", "To: Ann O'Neill <ann@example.com>"),
    ("Dr. Ann, PhD", "To: \"Dr. Ann, PhD\" <ann@example.com>"),
    ("Ann \"the\" \\ Fox", "To: \"Ann \\\"the\\\" \\\\ Fox\" <ann@example.com>"),
    ("Ann <eve@example.com>, x", "To: \"Ann <eve@example.com>, x\" <ann@example.com>"),
    ("Ann\r\nBcc: eve@example.com", "To: \"Ann Bcc: eve@example.com\" <ann@example.com>"),
    ("Żółć", "To: =?UTF-8?B?xbvDs8WCxIc=?= <ann@example.com>"),
    ("\r\n", "To: ann@example.com"),
  ])
  func `a name stays beside its address, whatever it is`(name: String, field: String) throws {
    let address = try #require(MailAddress("ann@example.com", name: name))
    #expect(HeaderText.field("To", address) == field)
  }

  @Test(arguments: [
    String(repeating: "word ", count: 60), String(repeating: "x", count: 500), String(repeating: "日本語", count: 40),
    String(repeating: "👩‍👩‍👧‍👦", count: 20), "é", String(repeating: "a b\r\n", count: 50),
  ])
  func `no line of a header is long, and only folding breaks lines`(text: String) throws {
    let person = try #require(MailAddress("ann@example.com", name: text))
    for field in [HeaderText.field("Subject", text), HeaderText.field("To", person)] {
      let lines = field.split(separator: "\r\n", omittingEmptySubsequences: false)
      #expect(lines.allSatisfy { $0.utf8.count <= HeaderText.lineBytesMax })
      #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(" ") && $0.contains { $0 != " " } })
      #expect(field.replacing("\r\n", with: "").utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }
  }

  // MARK: Addresses

  @Test(arguments: [
    "ann@example.com", "a.b+c@sub.example.com", "no-reply@localhost", "x@127-0-0-1.example", "O'Neill@example.com",
    String(repeating: "a", count: 64) + "@example.com",
  ])
  func `what every server takes is an address`(text: String) {
    #expect(MailAddress(text)?.address == text)
  }

  @Test(arguments: [
    "", "ann", "@example.com", "ann@", "ann@@example.com", "ann@example..com", ".ann@example.com", "ann.@example.com",
    "a b@example.com", "ann@exa mple.com", "ann@example.com\r\nRCPT TO:<eve@example.com>", "ann@example.com>",
    "<ann@example.com>", "\"ann\"@example.com", "änn@example.com", "ann@exämple.com", "ann@-example.com",
    "ann@example-.com", "ann@[127.0.0.1]", "ann,eve@example.com", "ann@example.com,eve@example.com", "ann\u{0}@a.b",
    String(repeating: "a", count: 65) + "@example.com",
    "ann@" + String(repeating: "a", count: 64) + ".com",
    "ann@" + Array(repeating: "abcdefgh", count: 30).joined(separator: "."),
  ])
  func `anything else is none`(text: String) {
    #expect(MailAddress(text) == nil)
  }

  @Test(arguments: [
    ("shop@example.com", "shop@example.com", ""), ("<shop@example.com>", "shop@example.com", ""),
    ("My Shop <shop@example.com>", "shop@example.com", "My Shop"),
    ("Mein Läden  <shop@example.com>", "shop@example.com", "Mein Läden"),
    ("Läden <shop@läden.example>", "shop@xn--lden-loa.example", "Läden"),
    ("shop@LÄDEN.example", "shop@xn--lden-loa.example", ""),
  ])
  func `operators may write a name before the address`(text: String, address: String, name: String) {
    #expect(MailAddress(parsing: text) == MailAddress(address, name: name))
  }

  @Test(arguments: [
    "", "<>", "My Shop", "My Shop <shop@example.com", "A\nB <shop@example.com>", "a <b> <c>", "lädn@example.com",
    "shop@ä..example",
  ])
  func `what is no address is refused`(text: String) {
    #expect(MailAddress(parsing: text) == nil)
  }

  @Test func `the host is what stands behind the @`() {
    #expect(MailAddress("ann@mail.example.com")?.host == "mail.example.com")
  }

  // MARK: Bodies

  @Test(arguments: [
    ("", ""), ("plain", "plain"), ("a=b", "a=3Db"), ("é", "=C3=A9"), ("a\nb\r\nc\rd", "a\r\nb\r\nc\r\nd"),
    ("trailing \nblank\t", "trailing=20\r\nblank=09"), ("a b", "a b"), ("\u{0}", "=00"), ("\n\n", "\r\n\r\n"),
    (".\n..", ".\r\n.."), ("日", "=E6=97=A5"),
  ])
  func `a text is quoted-printable`(text: String, encoded: String) {
    #expect(String(decoding: QuotedPrintable.encode(text), as: UTF8.self) == encoded)
  }

  @Test(arguments: [
    ("a\nb\r\nc\rd", "a\r\nb\r\nc\r\nd"), ("", ""), ("-- \nShop\n", "-- \r\nShop\r\n"), (".\n..", ".\r\n.."),
    ("https://shop.example/verify-email#token=abc", "https://shop.example/verify-email#token=abc"),
    (String(repeating: "x", count: 998), String(repeating: "x", count: 998)),
  ])
  func `a text of plain lines stays as it is`(text: String, encoded: String) {
    #expect(PlainLines.encode(text).map { String(decoding: $0, as: UTF8.self) } == encoded)
  }

  @Test(arguments: [
    "Grüße", "a\u{0}b", "a\u{7F}", "blank \n", "tab\t", "From Ann\n", "x\n--=_0190b5a4\n",
    String(repeating: "x", count: 999),
  ])
  func `a text that servers might change is encoded`(text: String) {
    #expect(PlainLines.encode(text) == nil)
  }

  @Test func `whoever opens the file of a mail can copy its link`() throws {
    let link = "https://shop.example/reset-password#token=kPp0Vq5aYzqfXhNQ7m3m1fS6oW2nJ4cR8tD9bL0uE1g"
    let content = String(decoding: try message(text: "Choose a new password:\n\(link)\n").content, as: UTF8.self)
    #expect(content.contains("\r\n\(link)\r\n"))
  }

  @Test(arguments: [
    String(repeating: "x", count: 76), String(repeating: "x", count: 77), String(repeating: "é", count: 100),
    String(repeating: "x", count: 75) + " ", String(repeating: "x", count: 74) + "=",
    String(repeating: "a b ", count: 80),
  ])
  func `long lines go on behind a mark`(text: String) {
    let lines = String(decoding: QuotedPrintable.encode(text), as: UTF8.self).split(separator: "\r\n")
    #expect(lines.allSatisfy { $0.utf8.count <= QuotedPrintable.lineBytesMax })
    #expect(lines.dropLast().allSatisfy { $0.hasSuffix("=") })
    #expect(lines.count == 1 || text.utf8.count > 76 || text.utf8.contains { $0 >= 0x80 || $0 == 0x20 || $0 == 0x3D })
  }

  // MARK: The whole

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (1_795_276_338, "Sat, 21 Nov 2026 15:52:18 +0000"),
    (951_782_399, "Mon, 28 Feb 2000 23:59:59 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
    (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 +0000"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 +0000"),
    (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 +0000"), (-1, "Thu, 01 Jan 1970 00:00:00 +0000"),
    (.min, "Thu, 01 Jan 1970 00:00:00 +0000"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 +0000"),
    (.max, "Fri, 31 Dec 9999 23:59:59 +0000"),
  ])
  func `dates are those of the calendar`(seconds: Int, text: String) {
    #expect(MailDate.text(secondsSince1970: Int64(seconds)) == text)
  }

  private func message(
    subject: String = "Hello", text: String = "Dear\n", html: String = "<p>Dear</p>"
  ) throws -> MIMEMessage {
    MIMEMessage(
      id: "0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18", kind: "invitation",
      from: try #require(MailAddress("shop@example.com", name: "Shop")),
      to: try #require(MailAddress("ann@example.org", name: "Ann")), subject: subject, text: text, html: html,
      madeAt: 0)
  }

  @Test func `a letter is what RFC 5322 and MIME say`() throws {
    let message = try message()
    #expect(message.sender == "shop@example.com" && message.recipient == "ann@example.org")
    let expected = """
      From: Shop <shop@example.com>
      To: Ann <ann@example.org>
      Subject: Hello
      Date: Thu, 01 Jan 1970 00:00:00 +0000
      Message-ID: <0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18@example.com>
      Auto-Submitted: auto-generated
      MIME-Version: 1.0
      Content-Type: multipart/alternative;
       boundary="=_0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18"

      --=_0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: 7bit

      Dear

      --=_0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18
      Content-Type: text/html; charset=utf-8
      Content-Transfer-Encoding: 7bit

      <p>Dear</p>
      --=_0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18--

      """
    #expect(String(decoding: message.content, as: UTF8.self) == expected.replacing("\n", with: "\r\n"))
  }

  @Test(arguments: [
    "\r\n--=_0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18--\r\n", "x\r\n.\r\nMAIL FROM:<eve@example.com>", "\u{FEFF}ü\n",
  ])
  func `no content ends its part, or the mail`(text: String) throws {
    let content = String(decoding: try message(subject: text, text: text, html: text).content, as: UTF8.self)
    #expect(content.ranges(of: "\r\n--=_0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18").count == 3)
    #expect(content.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0D || $0 == 0x0A })
    #expect(content.replacing("\r\n", with: "").utf8.allSatisfy { $0 != 0x0D && $0 != 0x0A })
  }

  @Test func `the same mail is composed to the same bytes`() throws {
    #expect(try message().content == message().content)
  }
}

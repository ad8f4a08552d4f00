import Testing

@testable import Mail

@Suite struct TemplateTests {
  private static let link = "https://shop.example/verify?token=abc&x=1"

  private static func mails(_ name: String) throws -> [Email] {
    let ann = try #require(MailAddress("ann@example.com", name: name))
    return [
      .emailVerification(to: ann, link: link, validity: .seconds(86_400)),
      .alreadyRegistered(to: ann),
      .passwordReset(to: ann, link: link, validity: .seconds(3_600)),
      .passwordChanged(to: ann),
      .secondFactorRemoved(to: ann),
      .externalAccountLinked(to: ann, provider: "Google"),
      .externalAccountUnlinked(to: ann, provider: "Google"),
      .invitation(to: ann, from: "Bob <b>", role: "manager", link: link, validity: .seconds(7 * 86_400)),
      .newDevice(to: ann, device: "Firefox on Linux", address: "192.0.2.7", moment: "21 Nov 2026, 15:52 UTC"),
      .lockOut(to: ann, address: "192.0.2.7", duration: .seconds(900)),
      .lowStock(to: ann, [("LAMP-1: Lamp <b>", "3 left, told at 5")], others: 4),
      .confirmBackInStock(to: ann, product: "Lamp", link: link, validity: .seconds(2 * 86_400)),
      .backInStock(to: ann, product: "Lamp <b>\nnow", link: "https://shop.example/products/lamp"),
      .sellerApproved(to: ann, shop: "Oak & Iron"),
      .sellerRejected(to: ann, shop: "Oak & Iron", reason: "The register has no such number."),
      .sellerSuspended(to: ann, shop: "Oak & Iron", reason: "A recall is open."),
      .sellerReinstated(to: ann, shop: "Oak & Iron"),
    ]
  }

  @Test func `there is one of every kind, and both forms say the same`() throws {
    let mails = try Self.mails("Ann")
    #expect(Set(mails.map(\.kind)) == Set(Email.Kind.allCases))
    for mail in mails {
      #expect(mail.text.hasPrefix("Hello Ann,\n"))
      #expect(mail.html.contains("<p style=\"margin:0 0 16px\">Hello Ann,</p>"))
      #expect(mail.html.contains("<title>\(mail.subject)</title>"))
      #expect(!mail.subject.isEmpty && mail.text.hasSuffix("-- \nFastShop\n"))
      #expect(mail.text.utf8.count < Email.bodyBytesMax && mail.html.utf8.count < Email.bodyBytesMax)
    }
  }

  @Test func `both forms have the link, and the e-mail is useful as long as the link`() throws {
    for mail in try Self.mails("Ann") {
      let hasLink = [.emailVerification, .passwordReset, .invitation, .confirmBackInStock].contains(mail.kind)
      #expect(mail.text.contains(Self.link) == hasLink)
      #expect(mail.html.contains("href=\"https://shop.example/verify?token=abc&amp;x=1\"") == hasLink)
      #expect((mail.usefulFor != nil) == hasLink)
    }
  }

  @Test func `names are not markup`() throws {
    let invitation = try #require(Self.mails("Ann").first { $0.kind == .invitation })
    #expect(invitation.html.contains("Bob &lt;b&gt; invites you"))
    #expect(!invitation.html.contains("<b>"))
    let ann = try #require(MailAddress("ann@example.com"))
    let device = Email.newDevice(
      to: ann, device: "<script>alert('x')</script>\n\nLog in at http://evil.example", address: "&", moment: "\"")
    #expect(!device.html.contains("<script"))
    #expect(device.html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; Log in"))
    #expect(device.text.contains("  Device: <script>alert('x')</script> Log in at http://evil.example\n"))
  }

  @Test func `products are on one line, and are not markup`() throws {
    let mails = try Self.mails("Ann")
    let low = try #require(mails.first { $0.kind == .lowStock })
    #expect(low.text.contains("  LAMP-1: Lamp <b>: 3 left, told at 5\n"))
    #expect(low.text.contains("So have 4 more") && !low.html.contains("<b>"))
    let back = try #require(mails.first { $0.kind == .backInStock })
    #expect(back.text.contains("bought again: Lamp <b> now.\n") && !back.html.contains("<b>"))
    #expect(back.text.contains("https://shop.example/products/lamp\n"))
  }

  @Test(arguments: [
    ("Ann", "Hello Ann,"), ("Ann-Marie O’Neill Jr.", "Hello Ann-Marie O’Neill Jr.,"), ("Żółć", "Hello Żółć,"),
    ("नमिता", "Hello नमिता,"), ("", "Hello,"), ("evil.example", "Hello,"), ("http://evil.example", "Hello,"),
    ("You won! Call 555", "Hello,"), ("Ann\r\nGo away", "Hello Ann Go away,"),
    (String(repeating: "long ", count: 20), "Hello,"),
  ])
  func `strangers' names are greeted if they are names`(name: String, greeting: String) throws {
    for mail in try Self.mails(name) { #expect(mail.text.hasPrefix(greeting + "\n")) }
  }

  @Test(arguments: [
    (Duration.seconds(86_400), "1 day"), (.seconds(7 * 86_400), "7 days"), (.seconds(3_600), "1 hour"),
    (.seconds(5_400), "90 minutes"), (.seconds(60), "1 minute"), (.seconds(1), "1 minute"),
    (.seconds(900), "15 minutes"),
  ])
  func `times are told in words`(duration: Duration, words: String) { #expect(duration.inWords == words) }

  @Test func `a subject has a bounded length`() throws {
    let ann = try #require(MailAddress("ann@example.com"))
    let mail = Email(.invitation, to: ann, subject: String(repeating: "é", count: 300), text: "", html: "")
    #expect(mail.subject.unicodeScalars.count == Email.subjectScalarsMax)
  }
}

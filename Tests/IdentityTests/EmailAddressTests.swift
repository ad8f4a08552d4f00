import Testing

@testable import Identity

@Suite struct EmailAddressTests {
  @Test(arguments: [
    "ada@example.com", "Ada.Lovelace+shop@mail.example.co.uk", "a@b.io", "o'brien@example.com", "x_y-z@1st.example",
    String(repeating: "a", count: 64) + "@example.com",
  ])
  func addressesAreTaken(_ text: String) throws {
    let address = try #require(EmailAddress(text))
    #expect(address.text == text)
    #expect(address.key == text.lowercased())
  }

  @Test(arguments: [
    "", "@", "ada", "ada@", "@example.com", "ada@example", "ada@@example.com", "ada@.com", "ada@example..com",
    ".ada@example.com", "ada.@example.com", "a..b@example.com", "ada@-example.com", "ada@example-.com",
    "ada@example.123", "ada lovelace@example.com", "ada@exa mple.com", "ada\n@example.com", "\"ada\"@example.com",
    "ada@[127.0.0.1]", "ädä@example.com", "a\u{0}@example.com", "ada@xn--a.com", "ada@b\u{202e}c.com",
    "ada@" + String(repeating: "ü", count: 63) + ".com", String(repeating: "a", count: 5000) + "@example.com",
    String(repeating: "a", count: 65) + "@example.com", "a@" + String(repeating: "b", count: 64) + ".com",
    "a@" + String(repeating: "bcd.", count: 70) + "com",
  ])
  func othersAreNot(_ text: String) {
    #expect(EmailAddress(text) == nil)
  }

  @Test(
    arguments: [
      ("", .empty), (" \u{3000}", .empty), ("ada", .malformed), ("ädä@example.com", .foreignLocalPart),
      ("\"ada l\"@example.com", .quotedLocalPart), ("ada@[127.0.0.1]", .literal), ("ada@[IPv6:::1]", .literal),
      ("ada@example", .badDomain), (String(repeating: "a", count: 65) + "@example.com", .tooLong),
    ] as [(String, EmailAddress.Fault)])
  func theReasonIsTold(typed: String, fault: EmailAddress.Fault) {
    #expect(throws: fault) { try EmailAddress(checking: typed) }
  }

  @Test(arguments: [
    ("ada@bücher.example", "ada@bücher.example"), ("Ada@BÜCHER.example", "Ada@bücher.example"),
    ("ada@bu\u{308}cher.example", "ada@bücher.example"), ("ada@xn--bcher-kva.example", "ada@bücher.example"),
  ])
  func domainsMayHaveOtherLetters(typed: String, text: String) throws {
    let address = try #require(EmailAddress(typed))
    #expect(address.text == text && address.key == "ada@xn--bcher-kva.example")
    #expect(address.deliverable.lowercased() == address.key)
    #expect(EmailAddress(address.text)?.key == address.key)
  }

  @Test(arguments: [" ada@example.com", "ada@example.com\u{a0}\n", "\u{feff}ada@example.com\u{200b}"])
  func blanksAroundItSayNothing(typed: String) {
    #expect(EmailAddress(typed)?.text == "ada@example.com")
  }

  @Test func caseMakesNoDifference() {
    #expect(EmailAddress("ADA@Example.COM")?.key == EmailAddress("ada@example.com")?.key)
  }
}

@Suite struct PasswordRulesTests {
  private static let ada = EmailAddress("ada.lovelace@example.com")

  @Test(arguments: [
    "plain words do", "Tr0ub4dor&3xyz", "ten-chars!", "пароль-из-слов", "🦊🐢🐙🦉🐝🦋🐳🦔🐌🦕",
    String(repeating: "abcde", count: 40),
  ])
  func goodOnesAreTaken(_ password: String) {
    #expect(PasswordRules.complaint(about: password, email: Self.ada) == nil)
  }

  @Test func charactersAreCountedOnceNormalised() {
    let decomposed = String(repeating: "e\u{301}a\u{308}o\u{302}", count: 66) + "xy"
    #expect(decomposed.unicodeScalars.count > PasswordRules.charactersMax)
    #expect(PasswordRules.complaint(about: decomposed, email: nil) == nil)
    #expect(PasswordRules.complaint(about: "e\u{301}a\u{308}o\u{302}u\u{308}xy", email: nil) != nil)
    #expect(PasswordRules.complaint(about: "plain\tpassword", email: nil)?.contains("control") == true)
    #expect(PasswordRules.complaint(about: String(repeating: "\u{301}", count: 100_000), email: nil) != nil)
  }

  @Test(arguments: [
    ("", "10 to 200"), ("short", "10 to 200"), ("nine char", "10 to 200"),
    (String(repeating: "abcde", count: 40) + "f", "10 to 200"), ("password123", "common password"),
    ("PassWord123", "common password"), ("1234567890", "common password"), ("qwertyuiop", "common password"),
    ("aaaaaaaaaaaa", "common password"), ("abababababab", "common password"), ("zyxwvutsrq", "common password"),
    ("ada.lovelace", "e-mail address"), ("Ada.Lovelace12", "e-mail address"),
    ("ada.lovelace@example.com", "e-mail address"),
  ])
  func badOnesAreNot(password: String, reason: String) throws {
    let complaint = try #require(PasswordRules.complaint(about: password, email: Self.ada))
    #expect(complaint.contains(reason))
  }
}

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
    "ada@[127.0.0.1]", "ädä@example.com", "ada@exämple.com", "ada@example.com ", "a\u{0}@example.com",
    String(repeating: "a", count: 65) + "@example.com", "a@" + String(repeating: "b", count: 64) + ".com",
    "a@" + String(repeating: "bcd.", count: 70) + "com",
  ])
  func othersAreNot(_ text: String) {
    #expect(EmailAddress(text) == nil)
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

  @Test(arguments: [
    ("", "10 to 200"), ("short", "10 to 200"), ("nine char", "10 to 200"),
    (String(repeating: "abcde", count: 40) + "f", "10 to 200"), ("password123", "everybody guesses"),
    ("PassWord123", "everybody guesses"), ("1234567890", "everybody guesses"), ("qwertyuiop", "everybody guesses"),
    ("aaaaaaaaaaaa", "everybody guesses"), ("abababababab", "everybody guesses"), ("zyxwvutsrq", "everybody guesses"),
    ("ada.lovelace", "e-mail address"), ("Ada.Lovelace12", "e-mail address"),
    ("ada.lovelace@example.com", "e-mail address"),
  ])
  func badOnesAreNot(password: String, reason: String) throws {
    let complaint = try #require(PasswordRules.complaint(about: password, email: Self.ada))
    #expect(complaint.contains(reason))
  }
}

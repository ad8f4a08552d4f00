import Testing

@testable import Identity

@Suite struct ProviderURLTests {
  @Test(arguments: [
    ("https://accounts.google.com", true), ("https://id.example:8443/realms/shop", true),
    ("http://localhost:8080", true), ("http://127.0.0.1:1/a", true), ("http://[::1]:8080", true),
    ("http://id.example", false), ("http://localhost.evil.example", false), ("http://127.0.0.1.evil.example", false),
    ("http://localhost@evil.example", false), ("https://user:pass@id.example", false), ("https://", false),
    ("https:///path", false), ("ftp://id.example", false), ("file:///etc/passwd", false), ("id.example", false),
    ("", false), ("https://id.example/\u{e9}", false), ("https://id.example/a b", false),
    ("https://id.example/#part", false), ("https://id.example/\"", false), ("HTTPS//id.example", false),
    ("https://\(String(repeating: "a", count: 500)).example", false),
  ])
  func whereAProviderMayBeReached(url: String, isSafe: Bool) {
    #expect(ProviderURL.isSafe(url) == isSafe)
  }

  @Test func anIssuerHasNoQuery() {
    #expect(ProviderURL.isIssuer("https://id.example/shop"))
    #expect(ProviderURL.isSafe("https://id.example/?a=b") && !ProviderURL.isIssuer("https://id.example/?a=b"))
  }

  @Test(arguments: [
    ("https://shop.example/signed-in?from=app", true), ("http://localhost:3000/signed-in", true),
    ("com.example.shop:/signed-in", true), ("com.example.shop://signed-in", true), ("http://shop.example/", false),
    ("javascript:alert(1)", false), ("data:text/html,x", false), ("shop:/signed-in", false), ("/signed-in", false),
    ("https://shop.example/#x", false), ("com.example.shop:/a#b", false), ("", false),
  ])
  func whereABrowserMayBeSent(uri: String, isAllowed: Bool) {
    #expect(ProviderURL.isRedirect(uri) == isAllowed)
  }

  @Test func formsEscapeReservedCharacters() {
    #expect(FormText.encode([("a b", "1&2=3"), ("é", "~x-y_z."), ("n", "")]) == "a%20b=1%262%3D3&%C3%A9=~x-y_z.&n=")
    #expect(FormText.escape("[@{`^\n\u{0}") == "%5B%40%7B%60%5E%0A%00")
  }
}

import ArgumentParser
import Identity
import RPC
import Testing

@testable import fastshop

@Suite struct WebURLTests {
  @Test(
    "a URL names a place, in letters that everybody takes",
    arguments: [
      ("http://127.0.0.1:4318", "http://127.0.0.1:4318"), ("HTTPS://shop.example/a?b#c", "https://shop.example/a?b#c"),
      ("https://b\u{fc}cher.example/x", "https://xn--bcher-kva.example/x"),
      ("https://B\u{dc}CHER.example:8443", "https://xn--bcher-kva.example:8443"),
      ("https://user:secret@a.example", "https://user:secret@a.example"), ("http://[::1]:80/", "http://[::1]:80/"),
      ("https://shop_1.example.", "https://shop_1.example."), ("http://:99999", nil), ("http://:80", nil),
      ("http://a:99999", nil), ("http://a:0", nil), ("http://a:", nil), ("http://a:x", nil), ("http://a:1:2", nil),
      ("http://", nil), ("http:///path", nil), ("http://user@", nil), ("http://[::1", nil), ("http://[a]", nil),
      ("http://[::1]x", nil), ("http://-a.example", nil), ("http://a..example", nil), ("http://a b", nil),
      ("http://a/b c", nil), ("http://a/\u{fc}", nil), ("ftp://a", nil), ("a.example", nil), ("", nil),
      ("http://\u{200d}.example", nil), ("http://" + String(repeating: "a", count: 64), nil),
    ] as [(String, String?)])
  func places(given: String, text: String?) {
    #expect(WebURL(given, schemes: ["http", "https"])?.text == text)
  }

  @Test("what is no URL is refused where it is set", arguments: ["http://:99999", "https://a:99999", "http://"])
  func refusals(text: String) throws {
    let options = try ServeCommand.parse([])
    #expect(throws: SettingError.self) {
      try TelemetrySettings(options.telemetry, environment: ["FASTSHOP_OTLP_ENDPOINT": text])
    }
    for variable in ["FASTSHOP_SITE_URL", "FASTSHOP_ISSUER"] {
      #expect(throws: SettingError.self) {
        try IdentitySettings(options.signIn, environment: [variable: text])
      }
    }
  }

  @Test func `a site, an issuer and an origin may have a name in any letters`() throws {
    let options = try ServeCommand.parse([])
    let environment = [
      "FASTSHOP_SITE_URL": "https://b\u{fc}cher.example/", "FASTSHOP_ISSUER": "https://b\u{fc}cher.example",
      "FASTSHOP_ALLOWED_ORIGINS": "https://b\u{fc}cher.example",
    ]
    let identity = try IdentitySettings(options.signIn, environment: environment)
    #expect(identity.siteURL == "https://xn--bcher-kva.example" && identity.issuer == "https://xn--bcher-kva.example")
    let serve = try ServeSettings(options.options, options.tls, options.connections, environment: environment)
    #expect(serve.crossOrigin.allows("https://xn--bcher-kva.example"))
  }
}

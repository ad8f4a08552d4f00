import FoundationEssentials
import Identity
import Testing

@testable import fastshop

@Suite struct ProviderSettingsTests {
  private static let google = [
    "FASTSHOP_OIDC_PROVIDERS": "google", "FASTSHOP_OIDC_GOOGLE_CLIENT_ID": "id",
    "FASTSHOP_OIDC_GOOGLE_CLIENT_SECRET":
      "s3cret", "FASTSHOP_OIDC_REDIRECTS": "https://shop.example/signed-in,com.example.shop:/signed-in",
  ]

  private static func settings(_ environment: [String: String]) throws -> ExternalSignInSettings {
    try ExternalSignInSettings(SettingSource(environment: environment))
  }

  @Test func `without variables there is nobody else`() throws {
    #expect(try Self.settings([:]) == ExternalSignInSettings())
  }

  @Test func `Google needs no more than a name and a password`() throws {
    let settings = try Self.settings(Self.google)
    var google = ProviderSettings(
      key: "google", displayName: "Google", issuer: "https://accounts.google.com", clientID: "id",
      clientSecret: "s3cret")
    google.linking = .hosted
    #expect(settings.providers == [google])
    #expect(settings.redirects == ["https://shop.example/signed-in", "com.example.shop:/signed-in"])
    #expect(settings.authorityPath == nil)
  }

  @Test func `any other says who it is`() throws {
    let secret = FileManager.default.temporaryDirectory.appending(path: "fastshop-secret-\(UUID())")
    try Data("from a file\n".utf8).write(to: secret)
    defer { try? FileManager.default.removeItem(at: secret) }
    let settings = try Self.settings(
      Self.google.merging([
        "FASTSHOP_OIDC_PROVIDERS": "my-acme,google", "FASTSHOP_OIDC_MY_ACME_ISSUER": "https://id.acme.example/shop",
        "FASTSHOP_OIDC_MY_ACME_CLIENT_ID": "shop", "FASTSHOP_OIDC_MY_ACME_CLIENT_SECRET_FILE": secret.path,
        "FASTSHOP_OIDC_MY_ACME_NAME": "Acme", "FASTSHOP_OIDC_MY_ACME_SCOPES": "openid email",
        "FASTSHOP_OIDC_MY_ACME_OTHER_AUDIENCES": "a,b", "FASTSHOP_OIDC_MY_ACME_LINKING": "verified",
        "FASTSHOP_OIDC_AUTHORITY": "/etc/acme.pem",
      ]) { $1 })
    #expect(settings.providers.map(\.key) == ["my-acme", "google"] && settings.authorityPath == "/etc/acme.pem")
    let acme = settings.providers[0]
    #expect(acme.issuer == "https://id.acme.example/shop" && acme.clientSecret == "from a file")
    #expect(acme.displayName == "Acme" && acme.scopes == ["openid", "email"] && acme.linking == .verified)
    #expect(acme.otherAudiences == ["a", "b"])
  }

  @Test(arguments: [
    ("FASTSHOP_OIDC_PROVIDERS", "Google"), ("FASTSHOP_OIDC_PROVIDERS", "google,google"),
    ("FASTSHOP_OIDC_PROVIDERS", "google,"), ("FASTSHOP_OIDC_REDIRECTS", "http://shop.example/"),
    ("FASTSHOP_OIDC_REDIRECTS", ""), ("FASTSHOP_OIDC_REDIRECTS", "javascript:alert(1)"),
    ("FASTSHOP_OIDC_GOOGLE_ISSUER", "http://accounts.google.com"), ("FASTSHOP_OIDC_GOOGLE_CLIENT_ID", ""),
    ("FASTSHOP_OIDC_GOOGLE_CLIENT_ID", "a\nb"), ("FASTSHOP_OIDC_GOOGLE_SCOPES", "email profile"),
    ("FASTSHOP_OIDC_GOOGLE_LINKING", "always"), ("FASTSHOP_OIDC_GOOGLE_CLIENT_SECRET_FILE", "/no/such/file"),
  ])
  func `what cannot be meant is refused by name`(variable: String, value: String) {
    #expect {
      try Self.settings(Self.google.merging([variable: value]) { $1 })
    } throws: { error in
      (error as? SettingError)?.name == variable
    }
  }

  @Test func `two providers of one issuer cannot be told apart`() {
    #expect(throws: SettingError.self) {
      try Self.settings(
        Self.google.merging([
          "FASTSHOP_OIDC_PROVIDERS": "google,other", "FASTSHOP_OIDC_OTHER_ISSUER": "https://accounts.google.com",
          "FASTSHOP_OIDC_OTHER_CLIENT_ID": "x",
        ]) { $1 })
    }
  }

  @Test func `a password is not shown when it cannot be used`() {
    #expect {
      try Self.settings(Self.google.merging(["FASTSHOP_OIDC_GOOGLE_CLIENT_SECRET": "pass\u{7f}word"]) { $1 })
    } throws: { error in
      !"\(error)".contains("pass\u{7f}word")
    }
  }
}

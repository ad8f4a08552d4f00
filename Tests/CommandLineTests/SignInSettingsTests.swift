import ArgumentParser
import Credentials
import Identity
import Security
import Testing

@testable import fastshop

@Suite struct SignInSettingsTests {
  private static func settings(_ flags: [String] = [], _ environment: [String: String] = [:]) throws -> IdentitySettings
  {
    try IdentitySettings(try ServeCommand.parse(flags).signIn, environment: environment)
  }

  @Test func `without flags and variables, the defaults count`() throws {
    #expect(try Self.settings() == IdentitySettings())
  }

  @Test(arguments: [("on", false), ("off", true), ("", true), ("1", true)])
  func `only tests that ask for it get cheap hashes`(value: String, isUsual: Bool) throws {
    let settings = try Self.settings([], ["FASTSHOP_TEST_CHEAP_PASSWORDS": value])
    #expect((settings.passwordCost == .usual) == isUsual)
  }

  @Test func `a flag goes before the environment`() throws {
    let environment = [
      "FASTSHOP_ISSUER": "https://a.example", "FASTSHOP_AUDIENCE": "a", "FASTSHOP_ACCESS_TOKEN_SECONDS": "60",
      "FASTSHOP_SESSION_DAYS": "2", "FASTSHOP_SIGNING_KEY_DAYS": "3", "FASTSHOP_STAFF_SECOND_FACTOR": "on",
      "FASTSHOP_SITE_URL": "https://a.example/", "FASTSHOP_ACCOUNT_FAILURES": "0",
      "FASTSHOP_ADDRESS_FAILURES": "1000000",
    ]
    let settings = try Self.settings(["--audience", "b"], environment)
    #expect(settings.issuer == "https://a.example" && settings.audience == "b")
    #expect(settings.accessLifetime == .seconds(60) && settings.sessionLifetime == .seconds(2 * 86_400))
    #expect(settings.keyLifetime == .seconds(3 * 86_400) && settings.requiresSecondFactorOfStaff)
    #expect(settings.siteURL == "https://a.example")
    #expect(settings.lockOuts.account.free == 0 && settings.lockOuts.address.free == 1_000_000)
  }

  @Test(arguments: [
    ("FASTSHOP_ISSUER", "http://a.example"), ("FASTSHOP_ISSUER", "https://"), ("FASTSHOP_ISSUER", "https://a b"),
    ("FASTSHOP_AUDIENCE", "a\"b"), ("FASTSHOP_ACCESS_TOKEN_SECONDS", "9"), ("FASTSHOP_ACCESS_TOKEN_SECONDS", "never"),
    ("FASTSHOP_SESSION_DAYS", "0"), ("FASTSHOP_SIGNING_KEY_DAYS", "3651"), ("FASTSHOP_STAFF_SECOND_FACTOR", "maybe"),
    ("FASTSHOP_SITE_URL", "shop.example"), ("FASTSHOP_ACCOUNT_FAILURES", "-1"), ("FASTSHOP_ADDRESS_FAILURES", "off"),
  ])
  func `what cannot be meant is refused by name`(variable: String, value: String) {
    #expect {
      try Self.settings([], [variable: value])
    } throws: { error in
      (error as? SettingError)?.name == variable
    }
  }
}

import Credentials
import Identity
import Security

extension IdentitySettings {
  /// An access token outlives the session's end on servers that do not hear of it: not for long.
  private static let accessSecondsRange = 10...86_400
  private static let daysRange = 1...3_650
  private static let failuresRange = 0...1_000_000
  private static let nameBytesMax = 200

  /// The validated settings of sign-in.
  init(_ options: SignInOptions, environment: [String: String]) throws(SettingError) {
    self.init()
    let source = SettingSource(environment: environment)
    issuer =
      try source.value(
        flag: "--issuer", options.issuer, variable: "FASTSHOP_ISSUER",
        wanted: "an https URL such as https://shop.example", parse: Self.secureURL) ?? issuer
    audience =
      try source.value(
        flag: "--audience", options.audience, variable: "FASTSHOP_AUDIENCE",
        wanted: "a name of letters, digits and URL characters"
      ) { Self.isPlain($0) ? $0 : nil } ?? audience
    accessLifetime =
      try source.value(
        flag: "--access-token-seconds", options.accessTokenSeconds, variable: "FASTSHOP_ACCESS_TOKEN_SECONDS",
        wanted: "a whole number of seconds from 10 to 86400"
      ) { Self.number($0, in: Self.accessSecondsRange).map { .seconds($0) } } ?? accessLifetime
    sessionLifetime =
      try Self.days("--session-days", options.sessionDays, "FASTSHOP_SESSION_DAYS", source) ?? sessionLifetime
    keyLifetime =
      try Self.days("--signing-key-days", options.signingKeyDays, "FASTSHOP_SIGNING_KEY_DAYS", source) ?? keyLifetime
    requiresSecondFactorOfStaff =
      try source.isOn(
        flag: "--staff-second-factor", options.staffSecondFactor, variable: "FASTSHOP_STAFF_SECOND_FACTOR")
      ?? requiresSecondFactorOfStaff
    lockOuts.account.free =
      try Self.failures("--account-failures", options.accountFailures, "FASTSHOP_ACCOUNT_FAILURES", source)
      ?? lockOuts.account.free
    lockOuts.address.free =
      try Self.failures("--address-failures", options.addressFailures, "FASTSHOP_ADDRESS_FAILURES", source)
      ?? lockOuts.address.free
    let site = try source.value(
      flag: "--site-url", options.siteURL, variable: "FASTSHOP_SITE_URL",
      wanted: "a URL such as https://shop.example", parse: Self.siteURL)
    (siteURL, isSiteOurOwn) = (site ?? siteURL, site == nil)
    external = try ExternalSignInSettings(source)
    #if DEBUG
      if environment[KnownVariables.cheapPasswords] == "on" { passwordCost = .ofTests }
    #endif
  }

  private static func days(
    _ flag: String, _ given: String?, _ variable: String, _ source: SettingSource
  ) throws(SettingError) -> Duration? {
    try source.value(flag: flag, given, variable: variable, wanted: "a whole number of days from 1 to 3650") {
      number($0, in: daysRange).map { .seconds($0 * 86_400) }
    }
  }

  private static func failures(
    _ flag: String, _ given: String?, _ variable: String, _ source: SettingSource
  ) throws(SettingError) -> Int64? {
    try source.value(flag: flag, given, variable: variable, wanted: "a whole number from 0 to 1000000") {
      number($0, in: failuresRange).map(Int64.init)
    }
  }

  private static func number(_ text: String, in range: ClosedRange<Int>) -> Int? {
    Int(text).flatMap { range.contains($0) ? $0 : nil }
  }

  private static func secureURL(_ text: String) -> String? {
    ownURL(text, schemes: ["https"])
  }

  private static func siteURL(_ text: String) -> String? {
    guard let text = ownURL(text, schemes: ["http", "https"]) else { return nil }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// A URL of the server, which others compare character by character and open: it may not contain a password.
  private static func ownURL(_ text: String, schemes: Set<String>) -> String? {
    guard let url = WebURL(text, schemes: schemes), url.userInfo == nil, isPlain(url.text) else { return nil }
    return url.text
  }

  private static func isPlain(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= nameBytesMax
      && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !#""\<>"#.utf8.contains($0) }
  }
}

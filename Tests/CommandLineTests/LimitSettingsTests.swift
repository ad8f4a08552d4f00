import ArgumentParser
import Platform
import RateLimiter
import Testing

@testable import fastshop

@Suite struct LimitSettingsTests {
  private static func settings(_ flags: [String], _ environment: [String: String] = [:]) throws -> LimitSettings {
    try LimitSettings(LimitOptions.parse(flags), SettingSource(environment: environment))
  }

  @Test func `a hundred a minute for who is signed in, twenty for guests, if nothing else is said`() throws {
    let settings = try Self.settings([])
    let limits = try #require(settings.limits)
    #expect(limits == CallLimits())
    #expect(limits.signedIn[.standard] == RateLimit(100, per: .seconds(60)))
    #expect(limits.guests[.standard] == RateLimit(20, per: .seconds(60)))
    for usual in [limits.signedIn, limits.guests] { #expect(usual[.browse] == RateLimit(600, per: .seconds(60))) }
    #expect(limits.signedIn[.session] == RateLimit(10, per: .seconds(60)))
    #expect(limits.callersMax == 1_000_000)
    #expect(settings.proxies.isEmpty && settings.administrators == nil)
  }

  @Test(
    arguments: [
      ("100/min", RateLimit(100, per: .seconds(60))), ("5/s", RateLimit(5, per: .seconds(1))),
      ("1000/h", RateLimit(1_000, per: .seconds(3_600))), ("1/d", RateLimit(1, per: .seconds(86_400))),
      ("100/min:150", RateLimit(100, per: .seconds(60), burst: 150)),
      ("5/s:1", RateLimit(5, per: .seconds(1), burst: 1)),
      ("off", nil),
    ] as [(String, RateLimit?)])
  func `a rate is a number, a period, and perhaps a burst`(text: String, limit: RateLimit?) throws {
    #expect(try #require(RateText.parse(text)) == limit)
  }

  @Test(arguments: [
    "", "100", "/min", "100/", "100/m", "100/minute", "-1/s", "0/s", "1.5/s", "1/s:0", "1/s:", "1/s:1:1", "1/s/s", "on",
    " 1/s", "1 /s", "1/d:40", "9999999999/s", "OFF",
  ])
  func `what is no rate is none`(text: String) {
    #expect(RateText.parse(text) == nil)
    #expect(RateText.allowances(text, usual: .publicUsual) == nil)
  }

  @Test func `allowances that are not named stay as they are`() throws {
    let limits = try #require(
      try Self.settings(["--rate-signed-in", "200/min:300,stream=5/s,bulk=off"], ["FASTSHOP_RATE_PUBLIC": "off"]).limits
    )
    #expect(limits.signedIn[.standard] == RateLimit(200, per: .seconds(60), burst: 300))
    #expect(limits.signedIn[.stream] == RateLimit(5, per: .seconds(1)))
    #expect(limits.signedIn[.bulk] == nil)
    #expect(limits.signedIn[.credentials] == Allowances.signedInUsual[.credentials])
    #expect(limits.guests == Allowances(every: nil))
  }

  @Test func `open streams and calls have bounds for each kind of callers`() throws {
    #expect(try Self.settings([]).open == OpenCallLimits())
    let open = try Self.settings(
      ["--open-streams", "guest=50,user=off", "--rate-limits", "off"], ["FASTSHOP_OPEN_CALLS": "300"]
    ).open
    #expect(open.streams == OpenCallLimits.Bounds(guest: 50, user: nil, program: 1_000))
    #expect(open.calls == OpenCallLimits.Bounds(guest: 300, user: 300, program: 300))
    let none = try Self.settings(["--open-streams", "off"]).open
    #expect(none.streams == OpenCallLimits.Bounds(guest: nil, user: nil, program: nil))
    let (one, other) = ("01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058")
    let keys = try Self.settings(["--open-keys", "\(one)=5000,\(other)=off"]).open.keys
    let (firstID, secondID) = (try #require(ID(one)), try #require(ID(other)))
    #expect(keys == [firstID: 5_000, secondID: nil as Int?])
  }

  @Test(arguments: [
    "", "0", "-1", "1.5", "guest", "guest=", "guest=0", "guest=1,guest=2", "guest=1,", "admin=1", "guest=1000001", "ON",
    "guest=99999999999999999999", "guest=1=2", " 1",
  ])
  func `what is no bound is none`(text: String) {
    #expect(OpenCallText.bounds(text, usual: OpenCallLimits.streamsUsual) == nil)
    #expect(OpenCallText.keys(text) == nil)
  }

  @Test func `keys have rates of their own`() throws {
    let (one, other) = ("01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058")
    let limits = try #require(try Self.settings(["--rate-keys", "\(one)=1000/min,\(other)=off"]).limits)
    #expect(limits.keys[try #require(ID(one))] == Allowances(every: RateLimit(1_000, per: .seconds(60))))
    #expect(limits.keys[try #require(ID(other))] == Allowances(every: nil))
  }

  @Test func `all limits can be switched off, and the guess at credentials too`() throws {
    #expect(try Self.settings([], ["FASTSHOP_RATE_LIMITS": "off"]).limits == nil)
    #expect(try Self.settings(["--rate-bad-credentials", "off"]).limits?.badCredentials == nil)
    #expect(try Self.settings(["--rate-callers", "5"]).limits?.callersMax == 5)
  }

  @Test func `proxies and administrators are told by their addresses`() throws {
    let list = try #require(AddressList("10.0.0.0/8,unix"))
    let settings = try Self.settings(
      ["--trusted-proxies", "10.0.0.0/8,unix", "--forwarded-header", "forwarded"],
      ["FASTSHOP_ADMIN_ADDRESSES": "10.0.0.0/8, unix"])
    #expect(settings.proxies == TrustedProxies(list, header: .forwarded))
    #expect(settings.administrators == list)
  }

  @Test(
    arguments: [
      (["--rate-limits", "yes"], "--rate-limits is \"yes\", but it must be \"on\" or \"off\""),
      (["--rate-public", "20"], "--rate-public is \"20\", but it must be a rate such as 100/min"),
      (["--rate-public", "20/min,20/min"], "--rate-public is"),
      (["--rate-public", "exempt=20/min"], "--rate-public is"),
      (["--rate-public", "strem=20/min"], "--rate-public is"),
      (["--rate-public", "off,stream=20/min,"], "--rate-public is"),
      (["--rate-keys", "me=20/min"], "--rate-keys is"), (["--rate-callers", "0"], "--rate-callers is"),
      (["--trusted-proxies", "localhost"], "--trusted-proxies is \"localhost\", but it must be addresses such as"),
      (["--trusted-proxies", "10.1.0.0/8"], "--trusted-proxies is"),
      (["--admin-addresses", ""], "--admin-addresses is"),
      (["--forwarded-header", "via"], "--forwarded-header is \"via\""),
      (["--forwarded-header", "forwarded"], "--trusted-proxies must be given together with"),
    ] as [([String], String)])
  func `what cannot be used is refused by name`(flags: [String], says: String) {
    let error = #expect(throws: SettingError.self) { try Self.settings(flags) }
    #expect(error?.description.contains(says) == true, "it says: \(error?.description ?? "nothing")")
  }
}

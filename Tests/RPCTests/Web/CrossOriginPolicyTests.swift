import Testing

@testable import RPC

/// Which pages may call, by the rules of CORS.
@Suite struct CrossOriginPolicyTests {
  private static let shop = "https://shop.example"
  private static let local = "http://localhost:3000"

  private func names(_ fields: [(name: String, value: String)]) -> [String] { fields.map(\.name) }

  @Test(arguments: [shop, local, "http://[::1]:8080", "capacitor://localhost", "https://a_b.c-d.example:65535"])
  func takesOrigins(_ origin: String) throws {
    let policy = try CrossOriginPolicy(origins: [origin])
    #expect(policy.fields(origin: origin).first?.value == origin)
  }

  @Test(arguments: [
    "", "shop.example", "https://", "https://shop.example/", "https://shop.example/a", "HTTPS://shop.example",
    "https://Shop.example", "https://shop.example:", "https://*.shop.example", "https://a b", "null", "https://a\r\nb",
    "https://user@shop.example",
  ])
  func refusesWhatNoBrowserSends(_ text: String) {
    #expect(throws: CrossOriginPolicy.InvalidOrigin(text: text)) { try CrossOriginPolicy(origins: [text]) }
  }

  @Test func onlyTheVeryOriginIsAllowed() throws {
    let policy = try CrossOriginPolicy(origins: [Self.shop, Self.local])
    #expect(names(policy.fields(origin: nil)) == ["vary"])
    for stranger in ["null", "https://shop.example.evil", "http://shop.example", "https://shop.example:443", ""] {
      #expect(names(policy.fields(origin: stranger)) == ["vary"])
      let answer = policy.preflight(origin: stranger, methods: ["POST"], requested: "x-a")
      #expect(answer.status == 403 && answer.headers.entries.map(\.key) == ["content-type", "vary"])
    }
  }

  @Test(arguments: ["http://localhost", "http://127.0.0.1", "https://localhost", "http://[::1]"])
  func everyPortOfThisMachineMayBeAllowed(_ origin: String) throws {
    let policy = try CrossOriginPolicy(origins: ["\(origin):*", Self.shop])
    for own in [origin, "\(origin):1", "\(origin):3000", "\(origin):65535"] { #expect(policy.allows(own)) }
    let others = [
      "\(origin):", "\(origin):*", "\(origin):30a", "\(origin):300000", "\(origin).evil.example", "\(origin):1:2",
      "ftp://localhost:1", "http://localhost.evil:1", "\(origin):80@evil", "\(Self.shop):8443",
    ]
    for other in others { #expect(!policy.allows(other), "\(other)") }
  }

  @Test(arguments: [
    "https://shop.example:*", "http://*:*", "http://localhost*", "ftp://localhost:*", "http://10.0.0.1:*",
  ])
  func everyPortOfAnotherMachineMayNot(_ text: String) {
    #expect(throws: CrossOriginPolicy.InvalidOrigin(text: text)) { try CrossOriginPolicy(origins: [text]) }
  }

  @Test func theRefusalNamesTheSettingAndRepeatsLittle() {
    let policy = CrossOriginPolicy(setting: "SOME_SETTING")
    #expect(policy.fields(origin: Self.shop).isEmpty)
    let body = String(decoding: policy.refusal(of: Self.shop).body, as: UTF8.self)
    #expect(body.contains(Self.shop) && body.contains("SOME_SETTING"))
    let long = policy.refusal(of: "https://\u{e9}\n" + String(repeating: "a", count: 10_000)).body
    #expect(long.count < 300 && long.allSatisfy { $0 == 10 || (0x20...0x7e).contains($0) })
  }

  @Test func eachRefusedOriginIsToldOfOnceAndOnlySoMany() {
    let refused = RefusedOrigins()
    #expect(refused.isNew(Self.shop) && !refused.isNew(Self.shop))
    #expect((0..<1000).filter { refused.isNew("https://\($0).example") }.count == 99)
  }

  @Test func everyOriginIsAllowedByAStarWithoutVarying() throws {
    let policy = try CrossOriginPolicy(origins: ["*"])
    #expect(policy.fields(origin: "https://any.example").first?.value == "*")
    #expect(!names(policy.fields(origin: "https://any.example")).contains("vary"))
    #expect(policy.fields(origin: nil).isEmpty)
  }

  @Test func aPreflightIsToldWhatItAskedFor() throws {
    let policy = try CrossOriginPolicy(origins: [Self.shop])
    let headers = policy.preflight(origin: Self.shop, methods: ["GET", "POST"], requested: "x-a, content-type").headers
    #expect(headers["access-control-allow-origin"] == Self.shop)
    #expect(headers["access-control-allow-methods"] == "GET, POST")
    #expect(headers["access-control-allow-headers"] == "x-a, content-type")
    #expect(headers["access-control-max-age"] == "7200")
    #expect(headers["access-control-allow-credentials"] == nil)
  }

  @Test(arguments: ["x-a\r\nx-b: c", "a;b", "<b>", "\u{e9}", "\"a\""])
  func nothingButNamesComesBack(_ requested: String) throws {
    let policy = try CrossOriginPolicy(origins: [Self.shop])
    let headers = policy.preflight(origin: Self.shop, methods: ["POST"], requested: requested).headers
    #expect(headers["access-control-allow-headers"] == nil)
  }

  @Test func scriptsMayReadTheStatusAndWhatWeName() throws {
    let exposed = try CrossOriginPolicy(origins: [Self.shop], exposing: ["RateLimit-Remaining"])
      .fields(origin: Self.shop).first { $0.name == "access-control-expose-headers" }?.value
    #expect(exposed?.contains("grpc-status, grpc-message") == true)
    #expect(exposed?.hasSuffix(", ratelimit-remaining") == true)
  }
}

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
    for stranger in [nil, "null", "https://shop.example.evil", "http://shop.example", "https://shop.example:443", ""] {
      #expect(names(policy.fields(origin: stranger)) == ["vary"])
      let answer = policy.preflight(origin: stranger, methods: ["POST"], requested: "x-a")
      #expect(answer.status == 204 && answer.headers.entries.map(\.key) == ["vary"])
    }
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

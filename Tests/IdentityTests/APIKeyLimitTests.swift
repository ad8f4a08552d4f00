import FastShopAPI
import Platform
import Protobuf
import RateLimiter
import Testing

@testable import Identity

@Suite struct APIKeyLimitTests {
  private static let admin = Caller(kind: .user, id: nil, role: .admin)
  private static let shopkeeper = Caller(
    kind: .user, id: nil, permissions: .all, sellerID: ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18"))

  private static func asked(_ perMinute: Int32, _ burst: Int32) -> CallLimit {
    let limit = CallLimit(in: Arena())
    limit.callsPerMinute = perMinute
    limit.burst = burst
    return limit
  }

  @Test(
    arguments: [
      (1, 0, 1), (60, 0, 60), (60, 5, 5), (1_000_000, 0, 1_000_000), (1, 44_640, 44_640), (600, 1_000_000, 1_000_000),
    ] as [(Int32, Int32, Int64)])
  func `a limit counts for each class of methods alike`(perMinute: Int32, burst: Int32, atOnce: Int64) throws {
    var check = RequestCheck()
    let limit = try #require(
      try APIKeyLimit.read(Self.asked(perMinute, burst), "limit", for: Self.admin, &check))
    try check.verify()
    let rate = try #require(RateLimit(Int(perMinute), per: .seconds(60), burst: Int(atOnce)))
    #expect(limit.allowances == Allowances(every: rate) && Int64(limit.burst) == atOnce)
    #expect(limit.allowances[.exempt] == nil)
  }

  @Test(
    arguments: [
      (0, 0, "limit.calls_per_minute"), (-1, 5, "limit.calls_per_minute"), (1_000_001, 0, "limit.calls_per_minute"),
      (60, -1, "limit.burst"), (60, 1_000_001, "limit.burst"), (1, 44_641, "limit.burst"),
    ] as [(Int32, Int32, String)])
  func `what is no limit is refused by name`(perMinute: Int32, burst: Int32, field: String) throws {
    var check = RequestCheck()
    #expect(try APIKeyLimit.read(Self.asked(perMinute, burst), "limit", for: Self.admin, &check) == nil)
    let error = #expect(throws: (any Error).self) { try check.verify() }
    #expect("\(try #require(error))".contains(field))
  }

  @Test func `nobody who runs a shop frees its keys of the limits`() throws {
    var check = RequestCheck()
    #expect(try APIKeyLimit.read(nil, "limit", for: Self.shopkeeper, &check) == nil)
    #expect(throws: IdentityError.exceedsCallerPermissions) {
      try APIKeyLimit.read(Self.asked(1, 1), "limit", for: Self.shopkeeper, &check)
    }
  }
}

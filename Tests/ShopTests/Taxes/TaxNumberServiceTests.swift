import Platform
import Postgres
import Protobuf
import RPC
import TaxesAPI
import Testing

@testable import Taxes

extension ShopTests {
  /// The service that knows tax numbers, and what is remembered of its answers.
  @Suite struct TaxNumberServiceTests {
    private static let number = "DE136695976"
    private static let other = "ATU13585627"

    @Test(
      "what is no answer leaves the number unchecked",
      arguments: [
        ("another number", [StandInVIES.Move.lie]), ("another country", [.lieAboutCountry]),
        ("an error", [.answer(400, "{\"actionSucceed\": false}")]),
        ("an error with a good status", [.answer(200, "{\"actionSucceed\": false, \"errorWrappers\": []}")]),
        ("no JSON", [.answer(200, "valid: true")]), ("nothing", [.answer(200, "")]),
        ("a member state is down", [.answer(503, ""), .answer(503, ""), .answer(503, "")]),
        ("a redirect", [.answer(302, "")]),
      ])
    func noAnswer(_ what: String, _ moves: [StandInVIES.Move]) async throws {
      try await StandInVIES.run(moves) { vies in
        let number = try TaxNumber(Self.number)
        let service = TaxNumberService(vies.url + "/", on: vies.loop)
        #expect(await service.isRegistered(number) == nil, "\(what)")
        #expect(await service.isRegistered(number) == true, "\(what): it works again")
        await service.close()
      }
    }

    @Test("a service that is slow costs the limit of time and no more")
    func slow() async throws {
      try await StandInVIES.run([.ignore, .ignore, .ignore, .ignore]) { vies in
        let number = try TaxNumber(Self.number)
        let service = TaxNumberService(vies.url, on: vies.loop, timeLimit: .milliseconds(400))
        #expect(await service.isRegistered(number) == nil)
        await service.close()
      }
    }

    @Test("a transient failure is asked about again")
    func again() async throws {
      try await StandInVIES.run([.answer(503, ""), .say(false)]) { vies in
        let number = try TaxNumber(Self.number)
        let service = TaxNumberService(vies.url, on: vies.loop)
        #expect(await service.isRegistered(number) == false)
        #expect(vies.bodies == Array(repeating: #"{"countryCode":"DE","vatNumber":"136695976"}"#, count: 2))
        await service.close()
      }
    }

    @Test("an answer is remembered for its time; none is not")
    func remembered() async throws {
      try await StandInVIES.run([.answer(400, ""), .say(true), .say(false)]) { vies in
        let shop = try await TestShop.make(products: 0)
        try await shop.serve(taxNumbersURL: vies.url) { nodes in
          let node = nodes[0]
          let down = try await node.checkTaxNumber(Self.number)
          #expect(down.status == .notChecked && down.checkTime == nil && down.expireTime == nil)
          let known = try await node.checkTaxNumber("de 136.695.976")
          #expect(known.status == .registered && known.taxNumber.string == Self.number)
          let checked = try #require(known.checkTime.flatMap { Instant($0) })
          let expires = try #require(known.expireTime.flatMap { Instant($0) })
          #expect(expires - checked == TaxNumberChecking.registeredLifetime)
          let later = try await node.checkTaxNumber(Self.number)
          #expect(later.checkTime.flatMap { Instant($0) } == checked)
          let unknown = try await node.checkTaxNumber(Self.other)
          #expect(unknown.status == .notRegistered)
          #expect(try await node.checkTaxNumber(Self.other).status == .notRegistered)
          #expect(vies.bodies.count == 3, "the others are remembered")
          // The time of the first one is over.
          _ = try await shop.run { database in
            try await database.execute(
              """
              UPDATE taxes.checked_number
                 SET checked_at = now() - interval '3 days', expires_at = now() - interval '2 days'
              """)
          }
          #expect(try await node.checkTaxNumber(Self.other).status == .registered)
          #expect(vies.bodies.count == 4)
          _ = try await shop.run { try await CheckedNumber.chore.run($0) }
          #expect(try await shop.number { "SELECT count(*) AS n FROM taxes.checked_number" } == 1)
        }
      }
    }

    @Test("nobody is asked about a number that cannot be one, nor without a service")
    func notAsked() async throws {
      try await StandInVIES.run([]) { vies in
        let shop = try await TestShop.make(products: 0)
        try await shop.serve(taxNumbersURL: vies.url) { nodes in
          let (wrong, foreign) = (
            try await nodes[0].checkTaxNumber("DE136695975"), try await nodes[0].checkTaxNumber("CHE123")
          )
          #expect(wrong.status == .wrongCheckDigits && foreign.status == .malformed)
          #expect(vies.bodies.isEmpty)
        }
        try await shop.serve { nodes in
          let unknown = try await nodes[0].checkTaxNumber(Self.number)
          #expect(unknown.status == .notChecked)
        }
      }
    }
  }
}

import AuditAPI
import EventLoop
import Platform
import Postgres
import Protobuf
import Testing

extension ShopTests {
  @Suite struct AuditExportTests {
    private static func lines(
      _ shop: TestShop, from start: Instant? = nil, to end: Instant? = nil
    ) async throws -> [String] {
      let (lines, count) = try await shop.run { database in
        var lines: [String] = []
        let count = try await AuditExport(from: start, to: end).run(database) { written in
          lines += written.split(separator: "\n").map(String.init)
        }
        return (lines, count)
      }
      #expect(lines.count == count)
      return lines
    }

    @Test("the export has every entry once, in the order of time, as the API shows them")
    func everyEntry() async throws {
      let shop = try await TestShop.make(products: 0)
      #expect(try await Self.lines(shop) == [])
      try await shop.audit(30)
      let arena = Arena()
      let entries = try await Self.lines(shop).map { try AuditEntry(json: $0, in: arena) }
      #expect(entries.map(\.resourceID.string) == (1...30).map(String.init))
      #expect(entries.allSatisfy { $0.action == "test.thing.change" && $0.sequence > 0 })
      let middle = try #require(entries[12].createTime.flatMap(Instant.init))
      let (before, after) = (try await Self.lines(shop, to: middle), try await Self.lines(shop, from: middle))
      #expect(before.count == 12 && after.count == 18)
      #expect(try await Self.lines(shop, from: middle, to: middle).isEmpty)
    }
  }
}

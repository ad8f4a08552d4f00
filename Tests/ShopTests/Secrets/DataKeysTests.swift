import EventLoop
import Foundation
import Platform
import Postgres
import Sealing
import Testing

extension ShopTests {
  @Suite struct DataKeysTests {
    private static let column = SealedColumn(
      table: "inventory.secret", column: "value",
      page: { after, limit in
        "SELECT row, value AS sealed FROM inventory.secret WHERE row > \(after) ORDER BY row LIMIT \(limit)"
      },
      replace: { rows, old, new in
        """
        UPDATE inventory.secret s SET value = n.new
          FROM unnest(\(rows)::text[], \(old)::bytea[], \(new)::bytea[]) n (row, old, new)
         WHERE s.row = n.row AND s.value = n.old
        """
      })

    private static func place(_ row: String) -> SealedPlace {
      SealedPlace(table: column.table, column: column.column, row: row)
    }

    private static func withKeyFile<R>(_ body: (String) async throws -> R) async throws -> R {
      let path = FileManager.default.temporaryDirectory.appending(path: "keys-\(TestID.next())").path
      defer { try? FileManager.default.removeItem(atPath: path) }
      return try await body(path)
    }

    @Test func serversThatStartAtOnceShareTheKeys() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.withKeyFile { path in
        let keys = DataKeys(master: .file(path: path, isMade: true), settlingSeconds: 0)
        _ = try await InventoryTests.atOnce(8) { _ in try await shop.run { try await keys.openVault($0) } }
        let vaults = try await InventoryTests.atOnce(2) { _ in try await shop.run { try await keys.openVault($0) } }
        let sealed = try vaults[0].seal([1, 2, 3], for: Self.place("a"))
        #expect(try vaults[1].open(sealed, for: Self.place("a")) == [1, 2, 3])
        #expect(vaults[0].fingerprint(of: [1]) == vaults[1].fingerprint(of: [1]))
      }
    }

    @Test func withoutTheMasterKeyNothingOpens() async throws {
      let shop = try await TestShop.make(products: 0)
      let (right, wrong) = (SecretKey(), SecretKey())
      _ = try await shop.run { database in
        try await DataKeys(master: .text(right.text, name: "K"), settlingSeconds: 0).openVault(database)
      }
      await #expect(throws: VaultError.masterKeyMissing(right.id)) {
        try await shop.run {
          _ = try await DataKeys(master: .text(wrong.text, name: "K"), settlingSeconds: 0).openVault($0)
        }
      }
      try await shop.run {
        _ = try await $0.execute(
          "UPDATE platform.data_key SET wrapped = set_byte(wrapped, 60, 255 - get_byte(wrapped, 60))")
      }
      await #expect(throws: VaultError.self) {
        try await shop.run {
          _ = try await DataKeys(master: .text(right.text, name: "K"), settlingSeconds: 0).openVault($0)
        }
      }
    }

    @Test func aNewKeyOpensAtOnceAndSealsWhenEveryServerHasIt() async throws {
      let shop = try await TestShop.make(products: 0)
      let keys = DataKeys(master: .text(SecretKey().text, name: "K"))
      let vault = try await shop.run { try await keys.openVault($0) }
      let first = vault.currentKey
      _ = try await shop.run { try await keys.add($0) }
      try await shop.run { try await vault.reload($0) }
      #expect(vault.currentKey == first)
      try await shop.run {
        _ = try await $0.execute("UPDATE platform.data_key SET made_at = made_at - interval '10 seconds'")
      }
      try await shop.run { try await vault.reload($0) }
      #expect(vault.currentKey != first)
    }

    /// The key of another rotation settles before the first one looks: its own is never the current one.
    @Test(.timeLimit(.minutes(1))) func aRotationDoesNotWaitForAKeyThatAYoungerOneReplaces() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.withKeyFile { path in
        let keys = DataKeys(master: .file(path: path, isMade: true), settlingSeconds: 0)
        _ = try await shop.run { try await keys.openVault($0) }
        let younger = try await shop.run { try await keys.add($0) }
        try await shop.run { database in
          _ = try await database.execute(
            """
            CREATE FUNCTION public.make_older() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              NEW.made_at := (SELECT max(made_at) FROM platform.data_key) - interval '1 microsecond';
              RETURN NEW;
            END $$
            """)
          _ = try await database.execute(
            """
            CREATE TRIGGER is_older BEFORE INSERT ON platform.data_key
              FOR EACH ROW EXECUTE FUNCTION public.make_older()
            """)
        }
        let outcome = try await shop.run { try await KeyRotation(keys, columns: []).run($0) }
        #expect(outcome == .init())
        #expect(try await shop.run { try await keys.openVault($0) }.currentKey == younger)
      }
    }

    /// More values than two batches, sealed with the old key; some of them change while the rotation runs.
    @Test func rotationSealsEverythingAnewWhileOthersWork() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.withKeyFile { path in
        let keys = DataKeys(master: .file(path: path, isMade: true), settlingSeconds: 0)
        let vault = try await shop.run { try await keys.openVault($0) }
        let old = vault.currentKey
        let rows = (0..<450).map { "row \(1000 + $0)" }
        let values = try rows.map { try vault.seal(Array($0.utf8), for: Self.place($0)) }
        try await shop.run { database in
          _ = try await database.execute("CREATE TABLE inventory.secret (row text PRIMARY KEY, value bytea NOT NULL)")
          _ = try await database.execute(
            "INSERT INTO inventory.secret SELECT * FROM unnest(\(rows)::text[], \(values)::bytea[])")
        }
        let oldMaster = try KeyFile(path: path).read().current.id
        try KeyFile(path: path).add(SecretKey())
        let outcome = try await shop.run { try await KeyRotation(keys, columns: [Self.column]).run($0) }
        #expect(outcome == .init(keysRewrapped: 2, valuesResealed: 450))
        let again = try await shop.run { try await KeyRotation(keys, columns: [Self.column]).run($0) }
        #expect(again == .init(keysRewrapped: 0, valuesResealed: 450))
        // A server that has not heard of it opens what is new, and no longer seals with what is old.
        try await shop.run { database in
          for row in try await database.rows("SELECT row, value FROM inventory.secret") {
            let (name, sealed) = (try row.string("row"), try row.bytes("value"))
            #expect(try SealedValue(sealed).keyID != old)
            #expect(try await vault.open(sealed, for: Self.place(name), database) == Array(name.utf8))
          }
        }
        #expect(vault.currentKey != old)
        // The old master key is of no use any more.
        let master = try KeyFile(path: path).read()
        #expect(master.current.id != oldMaster)
        let onlyNew = DataKeys(master: .text(master.current.text, name: "K"), settlingSeconds: 0)
        #expect(try await shop.run { try await onlyNew.openVault($0) }.currentKey == vault.currentKey)
      }
    }
  }
}

import Platform
import Postgres
import PostgresTesting
import Sealing
import Testing

/// Manipulations by the owner of the database, with triggers disabled, and the flaws that verification finds.
struct Forgery: Sendable, CustomTestStringConvertible {
  typealias Statement = @Sendable () -> Query

  let testDescription: String
  let statements: [Statement]
  let found: String
  /// Whether only heads that were kept elsewhere tell.
  var needsHeads = false

  init(_ name: String, found: String, needsHeads: Bool = false, _ statements: Statement...) {
    testDescription = name
    self.statements = statements
    self.found = found
    self.needsHeads = needsHeads
  }

  /// Computes the hashes of all chains again, as the owner of the database can.
  static let rehash: Statement = {
    """
    DO $$
    DECLARE
      c record;
      e record;
      h bytea;
    BEGIN
      FOR c IN SELECT * FROM audit.chain LOOP
        h := c.floor_hash;
        FOR e IN SELECT id, at FROM audit.entry WHERE chain = c.number ORDER BY seq LOOP
          UPDATE audit.entry x SET previous_hash = h, hash = sha256(h || audit.canonical(x))
           WHERE x.id = e.id AND x.at = e.at
          RETURNING x.hash INTO h;
        END LOOP;
        UPDATE audit.chain SET hash = h WHERE number = c.number;
      END LOOP;
    END $$
    """
  }

  /// An entry at the end of a chain, with the right hash and number.
  static let appended: Statement = {
    """
    WITH new AS (
      INSERT INTO audit.entry
            (at, chain, seq, actor_kind, method, action, resource_type, resource_id, previous_hash)
      SELECT c.at, c.number, c.length + 1, 'operator', 'x', 'x', 'x', '70', c.hash
        FROM audit.chain c
       WHERE c.number = (SELECT chain FROM audit.entry WHERE resource_id = '70')
      RETURNING chain, seq
    )
    UPDATE audit.chain c SET length = new.seq FROM new WHERE c.number = new.chain
    """
  }

  /// An entry with numbers that no chain has.
  private static func unchained(_ chain: Query, _ seq: Query) -> Query {
    """
    INSERT INTO audit.entry (id, chain, seq, actor_kind, method, action, resource_type, resource_id)
    VALUES ('00000000-0000-0000-0000-000000000000', \(chain), \(seq), 'operator', 'x', 'x', 'x', 'x')
    """
  }

  static let all: [Forgery] = [
    Forgery(
      "everything deleted, the floor raised to the chains' ends", found: "begins behind entry",
      { "DELETE FROM audit.entry" }, { "UPDATE audit.chain SET floor_length = length, floor_hash = hash" }),
    Forgery(
      "a chain's beginning deleted, the floor raised", found: "begins behind entry 1",
      {
        """
        UPDATE audit.chain c SET floor_length = 1, floor_hash = e.hash
          FROM audit.entry e
         WHERE e.chain = c.number AND e.seq = 1 AND e.resource_id = '1'
        """
      }, { "DELETE FROM audit.entry WHERE seq = 1 AND resource_id = '1'" }),
    Forgery(
      "a chain deleted with its row", found: "its row is missing",
      { "DELETE FROM audit.chain c USING audit.entry e WHERE e.chain = c.number AND e.resource_id = '70'" },
      { "DELETE FROM audit.entry WHERE NOT chain = ANY (SELECT number FROM audit.chain)" }),
    Forgery(
      "all chains deleted", found: "its row is missing", { "DELETE FROM audit.entry" }, { "DELETE FROM audit.chain" }),
    Forgery(
      "all emptied, as if nothing ever was", found: "missing", needsHeads: true, { "DELETE FROM audit.entry" },
      { "UPDATE audit.chain SET length = 0, hash = floor_hash, at = '-infinity'" }),
    Forgery(
      "an entry under a number that no chain has", found: "there is no such chain",
      {
        """
        INSERT INTO audit.entry
              (chain, seq, actor_kind, method, action, resource_type, resource_id, previous_hash, hash)
        SELECT 64, 1, 'operator', 'x', 'x', 'x', 'x', floor_hash, sha256('') FROM audit.chain WHERE number = 0
        """
      }),
    Forgery("an entry forged at a chain's end", found: "has no MAC", appended, rehash),
    Forgery(
      "an entry forged and back-dated", found: "has no MAC", appended,
      { "UPDATE audit.entry SET at = at - interval '1 hour' WHERE method = 'x'" }, rehash),
    Forgery(
      "another's MAC on a forged entry", found: "written by no server", appended,
      {
        "UPDATE audit.entry SET mac = (SELECT mac FROM audit.entry WHERE resource_id = '69') WHERE method = 'x'"
      }, rehash),
    Forgery(
      "a MAC removed", found: "has no MAC", { "UPDATE audit.entry SET mac = NULL WHERE resource_id = '70'" }),
    Forgery(
      "a MAC of another format", found: "written by no server",
      { "UPDATE audit.entry SET mac = set_byte(mac, 0, 7) WHERE resource_id = '70'" }),
    Forgery(
      "what a server knew passed off as the database's", found: "written by no server",
      { "UPDATE audit.entry SET mac = set_byte(mac, 1, 0) WHERE resource_id = '70'" }),
    Forgery(
      "an entry edited, all hashes computed anew", found: "written by no server",
      { "UPDATE audit.entry SET actor_id = 'somebody' WHERE resource_id = '70'" }, rehash),
    Forgery(
      "an entry removed, its chain numbered and hashed anew", found: "written by no server",
      {
        """
        UPDATE audit.entry e SET seq = e.seq - 1
          FROM audit.entry gone
         WHERE gone.resource_id = '1' AND e.chain = gone.chain AND e.seq > gone.seq
        """
      }, { "DELETE FROM audit.entry WHERE resource_id = '1'" },
      {
        """
        UPDATE audit.chain c
           SET length = (SELECT coalesce(max(seq), 0) FROM audit.entry e WHERE e.chain = c.number)
        """
      }, rehash),
    Forgery(
      "the rows of two chains swapped", found: "does not fit",
      {
        """
        UPDATE audit.chain a SET length = b.length, hash = b.hash
          FROM audit.chain b
         WHERE b.number = 63 - a.number
        """
      }),
    Forgery(
      "two chains renumbered and hashed anew", found: "written by no server",
      { "UPDATE audit.entry SET chain = 63 - chain" },
      {
        """
        UPDATE audit.chain c
           SET length = (SELECT coalesce(max(seq), 0) FROM audit.entry e WHERE e.chain = c.number)
        """
      }, rehash),
    Forgery(
      "the boundary raised", found: "its boundary is not signed", appended,
      { "UPDATE audit.signed_place SET length = length + 1000" }, rehash),
    Forgery(
      "the boundary of another chain", found: "its boundary is not signed",
      { "UPDATE audit.signed_place SET mac = (SELECT mac FROM audit.signed_place WHERE chain = 5) WHERE chain = 6" }),
    Forgery(
      "one boundary removed", found: "its boundary is not signed",
      { "DELETE FROM audit.signed_place WHERE chain = 6" }),
    Forgery(
      "the boundary removed", found: "the boundary of entries without a MAC is missing", needsHeads: true,
      { "DELETE FROM audit.signed_place" }),
    Forgery(
      "a floor signed by nobody", found: "is not signed",
      {
        """
        INSERT INTO audit.signed_place (kind, chain, length, hash, at, mac)
        SELECT 'floor', chain, 1, hash, '2010-01-01Z', mac FROM audit.entry WHERE resource_id = '70'
        """
      }),
    Forgery(
      "an entry of no chain", found: "there is no such chain", { "ALTER TABLE audit.entry ALTER chain DROP NOT NULL" },
      { unchained("NULL", "1") }),
    Forgery(
      "an entry without a number", found: "there is no such chain",
      { "ALTER TABLE audit.entry ALTER seq DROP NOT NULL" }, { unchained("5", "NULL") }),
    Forgery(
      "an entry before the first number", found: "there is no such chain", { unchained("5", "-9223372036854775808") }),
    Forgery(
      "an entry between two chains", found: "there is no such chain", { "DROP FUNCTION audit.canonical" },
      { "ALTER TABLE audit.entry ALTER chain TYPE numeric" }, { unchained("5.5", "1") }),
    Forgery(
      "the end set back, the entries kept", found: "does not fit",
      { "UPDATE audit.chain SET length = length - 1 WHERE length > 1" }),
  ]
}

extension ShopTests {
  @Suite struct AuditForgeryTests {
    /// What each forgery changes a copy of.
    private static let genuine = TestPostgres.Content("150 audited actions") { database in
      #expect(try await AuditBoundary.set(database, TestShop.auditKeys, at: .now, isSettled: true) == .isSet)
      try await TestShop.audit(150, in: database)
    }

    /// The heads of all copies.
    private static let heads = Task {
      let shop = try await TestShop.make(genuine)
      let heads = try await shop.verify().heads
      #expect(try await shop.verify(known: heads).flawCount == 0)
      return heads
    }

    @Test(arguments: Forgery.all) func whatTheDatabasesOwnerForgesIsFound(_ forgery: Forgery) async throws {
      let noted = try await Self.heads.value
      let shop = try await TestShop.make(Self.genuine)
      try await shop.run { database in
        try await database.transaction { transaction in
          try await transaction.execute("SET LOCAL session_replication_role = replica")
          for statement in forgery.statements { try await transaction.execute(statement()) }
        }
      }
      let compared = try await shop.verify(known: noted)
      #expect(compared.flaws.contains { $0.description.contains(forgery.found) }, "\(compared.flaws)")
      #expect(try await shop.verify().flawCount > 0 || forgery.needsHeads)
    }

    @Test func aPlainInsertIsNoEntryOfAServer() async throws {
      let shop = try await TestShop.make(products: 0)
      _ = try await shop.setBoundary()
      try await shop.audit(3)
      let refused: [@Sendable () -> Query] = [
        {
          """
          INSERT INTO audit.entry (at, actor_kind, method, action, resource_type, resource_id)
          VALUES ('2019-01-15 00:00Z', 'system', '', 'x', 'x', 'x')
          """
        },
        {
          """
          INSERT INTO audit.entry (at, actor_kind, method, action, resource_type, resource_id)
          VALUES (now() + interval '1 day', 'system', '', 'x', 'x', 'x')
          """
        },
        {
          """
          INSERT INTO audit.entry (actor_kind, method, action, resource_type, resource_id, mac)
          SELECT 'system', '', 'x', 'x', 'x', mac FROM audit.entry LIMIT 1
          """
        },
      ]
      for insert in refused {
        await #expect(throws: PostgresError.self) { try await shop.run { _ = try await $0.execute(insert()) } }
      }
      try await shop.run { database in
        _ = try await database.execute(
          """
          INSERT INTO audit.entry (actor_kind, method, action, resource_type, resource_id)
          VALUES ('system', '', 'x', 'x', 'x')
          """)
      }
      let outcome = try await shop.verify()
      #expect(outcome.flawCount == 1 && "\(outcome.flaws)".contains("has no MAC"))
    }

    /// Pages of a chain end between two rows of one number and one id.
    @Test func aForgedEntryBehindItsOriginalIsFoundWherePagesEnd() async throws {
      let shop = try await TestShop.make(products: 0)
      _ = try await shop.setBoundary()
      // All of one transaction are in one chain.
      try await shop.run { database in
        try await database.work(as: .test) { work in
          for number in 1...251 { try work.audit("test.thing.change", on: "test.Thing", "\(number)") }
        }
      }
      try await shop.tamper {
        """
        INSERT INTO audit.entry (id, at, chain, seq, actor_kind, method, action, resource_type, resource_id)
        SELECT id, at + interval '1 ms', chain, seq, 'operator', 'x', 'x', 'x', 'x' FROM audit.entry WHERE seq = 250
        """
      }
      let outcome = try await shop.verify()
      #expect(outcome.entries == 252 && "\(outcome.flaws)".contains("a second one of this number"))
    }

    @Test func anEntryOfAnotherShopIsFound() async throws {
      let (shop, other) = (try await TestShop.make(products: 0), try await TestShop.make(products: 0))
      _ = try await shop.setBoundary()
      try await shop.audit(70)
      // Another shop's keys are not here.
      try await shop.audit(1, vault: .temporary())
      #expect("\(try await shop.verify().flaws)".contains("which this database does not have"))
      // A copy with the same keys went other ways.
      _ = try await other.setBoundary()
      try await other.audit(70)
      let noted = try await other.verify().heads
      #expect(try await shop.verify(known: noted).flawCount > 1)
    }

    @Test func whatWasWrittenAfterTheLastHeadsCanBeCutOffUnseen() async throws {
      let shop = try await TestShop.make(products: 0)
      _ = try await shop.setBoundary()
      try await shop.audit(150)
      let before = try await shop.verify().heads
      try await shop.audit(30)
      let after = try await shop.verify().heads
      try await shop.tamper(
        {
          """
          DELETE FROM audit.entry e
           USING (SELECT chain, max(seq) AS seq FROM audit.entry GROUP BY chain) last
           WHERE last.chain = e.chain AND e.seq = last.seq AND e.resource_id::int <= 30 AND e.seq > 2
          """
        },
        {
          """
          UPDATE audit.chain c SET length = e.seq, hash = e.hash
            FROM audit.entry e
           WHERE e.chain = c.number AND e.seq = (SELECT max(seq) FROM audit.entry l WHERE l.chain = c.number)
          """
        })
      #expect(try await shop.verify().flawCount == 0)
      #expect("\(try await shop.verify(known: after).flaws)".contains("missing"))
      // Heads are a promise about what they cover, and nothing else.
      let covered = try await shop.verify(known: before).flaws
      #expect(covered.allSatisfy { "\($0)".contains("missing") })
    }
  }
}

internal import EventLoop
package import Postgres
package import Sealing

/// The database's own keys, as stored in platform.data_key: each wrapped with a master key.
package struct DataKeys: Sendable {
  private enum Purpose: String, QueryValue {
    case sealing
    case indexing

    var queryBind: QueryBind { .string(rawValue) }
  }

  private static let table = "platform.data_key"
  private static let column = "wrapped"

  /// The age of a new key before it seals anything: by then all servers have it, because they read new keys several
  /// times in between (``KeyReader``).
  package static let settlingSeconds = 10

  private let master: MasterKeys
  private let settlingSeconds: Int

  /// Keys that `master` wraps.
  package init(master: MasterKeys, settlingSeconds: Int = settlingSeconds) {
    self.master = master
    self.settlingSeconds = settlingSeconds
  }

  /// The vault of this database; its keys are made on the first start. Any number of servers may do so at once.
  package nonisolated(nonsending) func openVault(_ database: Database) async throws -> Vault {
    let keys = self
    try await makeFirst(database, try master.read())
    return Vault(try await read(database)) { database in try await keys.read(database) }
  }

  /// The keys as the database has them now: the youngest that every server knows seals.
  package nonisolated(nonsending) func read(_ database: Database) async throws -> VaultKeys {
    let keyring = try master.read()
    let rows = try await database.rows(
      """
      SELECT id, purpose, wrapped, \(isSettled) AS is_settled
        FROM platform.data_key
       ORDER BY made_at DESC, id
      """)
    var sealing: [SecretKey] = []
    var current: SecretKey?
    var indexing: SecretKey?
    for row in rows {
      let key = try Self.unwrap(row, keyring)
      if try row.string("purpose") == Purpose.indexing.rawValue {
        indexing = key
      } else {
        sealing.append(key)
        if try current == nil && row.bool("is_settled") { current = key }
      }
    }
    guard let current = current ?? sealing.last, let indexing else {
      throw VaultError.damagedKey("of one purpose or the other")
    }
    return VaultKeys(sealing: Keyring(current, alsoOpening: sealing), indexing: indexing)
  }

  /// A new key, with which everything is sealed once it has settled.
  package nonisolated(nonsending) func add(_ database: Database) async throws -> KeyID {
    let (key, keyring) = (SecretKey(), try master.read())
    try await database.execute(Self.insert(key, .sealing, try Self.wrap(key, keyring)))
    return key.id
  }

  private var isSettled: Query { "made_at <= clock_timestamp() - make_interval(secs => \(settlingSeconds))" }

  /// Whether `key` may seal, unless there is a younger one.
  package nonisolated(nonsending) func hasSettled(_ key: KeyID, _ database: Database) async throws -> Bool {
    let rows = try await database.rows(
      "SELECT \(isSettled) AS is_settled FROM platform.data_key WHERE id = \(key.description)")
    guard let row = rows.first else { throw VaultError.damagedKey(key.description) }
    return try row.bool("is_settled")
  }

  /// Wraps the keys with the first of the master keys that were wrapped with another.
  /// - Returns: how many.
  package nonisolated(nonsending) func rewrap(_ database: Database) async throws -> Int {
    let keyring = try master.read()
    var count = 0
    for row in try await database.rows("SELECT id, purpose, wrapped FROM platform.data_key ORDER BY id") {
      let old = try row.bytes("wrapped")
      guard try keyring.isOutdated(old) else { continue }
      let key = try Self.unwrap(row, keyring)
      count += try await database.execute(
        """
        UPDATE platform.data_key SET wrapped = \(try Self.wrap(key, keyring))
         WHERE id = \(key.id.description) AND wrapped = \(old)
        """)
    }
    return count
  }

  /// Two servers that make the first keys at once may make two to seal with, which does no harm; one to index with.
  private nonisolated(nonsending) func makeFirst(_ database: Database, _ keyring: Keyring) async throws {
    for purpose in [Purpose.sealing, .indexing] {
      let rows = try await database.rows("SELECT FROM platform.data_key WHERE purpose = \(purpose) LIMIT 1")
      guard rows.isEmpty else { continue }
      let key = SecretKey()
      try await database.execute(Self.insert(key, purpose, try Self.wrap(key, keyring)))
    }
  }

  private static func insert(_ key: SecretKey, _ purpose: Purpose, _ wrapped: [UInt8]) -> Query {
    """
    INSERT INTO platform.data_key (id, purpose, wrapped)
    VALUES (\(key.id.description), \(purpose), \(wrapped))
        ON CONFLICT DO NOTHING
    """
  }

  private static func wrap(_ key: SecretKey, _ keyring: Keyring) throws(SealingError) -> [UInt8] {
    try keyring.seal(key.material, for: place(key.id.description))
  }

  private static func unwrap(_ row: Row, _ keyring: Keyring) throws -> SecretKey {
    let id = try row.string("id")
    do throws(SealingError) {
      let bytes = try keyring.open(try readBytes(row), for: place(id))
      guard let key = SecretKey(bytes: bytes), key.id.description == id else { throw .tampered }
      return key
    } catch {
      if case .unknownKey(let master) = error { throw VaultError.masterKeyMissing(master) }
      throw VaultError.damagedKey(id)
    }
  }

  private static func readBytes(_ row: Row) throws(SealingError) -> [UInt8] {
    do { return try row.bytes(column) } catch { throw .notSealed }
  }

  private static func place(_ id: String) -> SealedPlace { SealedPlace(table: table, column: column, row: id) }
}

internal import EventLoop
package import Postgres
internal import Sealing

/// Gives the database a new key, waits until every server has it, and seals all values with it, in batches, while
/// servers serve.
///
/// It skips a value that changes meanwhile, because the change itself seals with a current key. Running it again
/// resumes where it stopped.
package struct KeyRotation: Sendable {
  /// Values that one statement seals again.
  private static let batchMax = 200
  /// It looks this often whether the new key has settled.
  private static let settlingPause: Duration = .milliseconds(200)

  /// The result of the rotation.
  package struct Outcome: Equatable, Sendable {
    /// Keys that were wrapped with another master key.
    package var keysRewrapped = 0
    /// Values that were sealed again.
    package var valuesResealed = 0
    /// Values that stood in clear before.
    package var valuesSealed = 0

    /// An outcome for tests.
    package init(keysRewrapped: Int = 0, valuesResealed: Int = 0, valuesSealed: Int = 0) {
      self.keysRewrapped = keysRewrapped
      self.valuesResealed = valuesResealed
      self.valuesSealed = valuesSealed
    }
  }

  private let keys: DataKeys
  private let columns: [SealedColumn]
  private let clear: [PlaintextColumn]

  /// A rotation of the keys and of all these columns; the contents of the `clear` ones are sealed.
  package init(_ keys: DataKeys, columns: [SealedColumn], clear: [PlaintextColumn] = []) {
    self.keys = keys
    self.columns = columns
    self.clear = clear
  }

  /// Does it.
  package nonisolated(nonsending) func run(_ database: Database) async throws -> Outcome {
    let vault = try await keys.openVault(database)
    var outcome = Outcome()
    outcome.keysRewrapped = try await keys.rewrap(database)
    let key = try await keys.add(database)
    while try await !keys.hasSettled(key, database) { try await database.loop.sleep(for: Self.settlingPause) }
    // Now it seals, or a younger key of another rotation.
    try await vault.reload(database)
    for column in columns { outcome.valuesResealed += try await reseal(column, vault, database) }
    for column in clear { outcome.valuesSealed += try await seal(column, vault, database) }
    return outcome
  }

  private nonisolated(nonsending) func seal(
    _ column: PlaintextColumn, _ vault: Vault, _ database: Database
  ) async throws -> Int {
    var count = 0
    var after = ""
    while true {
      let page = try await database.rows(column.page(after, Self.batchMax))
      let (rows, clear) = (try page.map { try $0.string("row") }, try page.map { try $0.string("clear") })
      guard let last = rows.last else { return count }
      after = last
      let sealed = try zip(rows, clear).map { try vault.seal(text: $1, for: column.sealed.place($0)) }
      count += try await database.execute(column.replace(rows, clear, sealed))
    }
  }

  private nonisolated(nonsending) func reseal(
    _ column: SealedColumn, _ vault: Vault, _ database: Database
  ) async throws -> Int {
    var count = 0
    var after = ""
    while true {
      let page = try await database.rows(column.page(after, Self.batchMax))
      var (rows, old, new) = ([String](), [[UInt8]](), [[UInt8]]())
      for entry in page {
        after = try entry.string("row")
        let sealed = try entry.bytes("sealed")
        guard try vault.isOutdated(sealed) else { continue }
        let place = column.place(after)
        rows.append(after)
        old.append(sealed)
        new.append(try vault.seal(try await vault.open(sealed, for: place, database), for: place))
      }
      if !rows.isEmpty { count += try await database.execute(column.replace(rows, old, new)) }
      if page.count < Self.batchMax { return count }
    }
  }
}

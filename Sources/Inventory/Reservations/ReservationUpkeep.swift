internal import Platform
internal import Postgres

/// The recurring work on reservations.
/// ``ReservationExpiry`` ends reservations in time; this ends those whose job failed.
enum ReservationUpkeep {
  /// Rows that one unit of work ends: its locks are held for some milliseconds.
  static let rowsMax = 200

  static let chores: [Chore] = [
    Chore("inventory.expire-reservations", "* * * * *") { try await expire($0) },
    Chore("inventory.old-reservations", "40 * * * *") { database in
      try await database.execute(
        .deletingBatch(
          of: "inventory.reservation",
          where: "old.ended_at IS NOT NULL AND old.ended_at < platform.retention_time() - interval '90 days'"))
    },
  ]

  /// Ends reservations whose time is over.
  /// - Returns: the number of rows; more may be due when it is ``Chore/batchRowsMax``.
  @discardableResult
  static func expire(_ database: Database) async throws -> Int {
    var total = 0
    while total < Chore.batchRowsMax {
      let ended = try await database.work(
        as: .system("inventory.expire-reservations", vault: database.loop.vault)
      ) { work in
        let due = ReservedRow.lockExpired(at: work.now, atMost: rowsMax)
        let rows = try ReservedRow.read(try await work.rows(due, access: .write))
        try await InventoryModule.end(rows, by: .expire, in: work)
        return rows.count
      }
      total += ended
      if ended < rowsMax { break }
    }
    return total
  }
}

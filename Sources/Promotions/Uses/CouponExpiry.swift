internal import Platform
internal import Postgres

/// The job that releases uses when their time is over, within about a second: until then nobody else can have them. The
/// chore of ``CouponUpkeep`` finds what it misses.
struct CouponExpiry: JobKind {
  /// Nothing: it releases all that are due.
  struct Payload: Codable, Sendable {}

  static let name = "promotions.release-due-coupons"
  static let policy = JobPolicy { policy in
    policy.concurrency = 1
    policy.isKeptWhenDone = false
  }

  func run(_ payload: Payload, _ context: JobContext) async throws {
    try await CouponUpkeep.expire(try context.database)
  }

  /// The job for what ends at a time: one for all that end in the same second.
  static func job(at end: Instant) throws -> NewJob {
    let second = (end + .microseconds(999_999)).seconds
    return try job(Payload(), key: .whileNotEnded("\(second)"), dueAt: Instant(seconds: second) ?? end)
  }
}

/// The recurring work on the uses of coupons.
enum CouponUpkeep {
  /// Rows that one unit of work ends: its locks are held for some milliseconds.
  static let rowsMax = 200

  static let chores: [Chore] = [
    Chore("promotions.release-coupons", "* * * * *") { try await expire($0) },
    Chore("promotions.old-coupon-uses", "50 * * * *") { database in
      try await database.execute(
        .deletingBatch(
          of: "promotions.coupon_use",
          where: "old.state = 'released' AND old.ended_at < platform.retention_time() - interval '90 days'"))
    },
  ]

  /// Releases uses whose time is over.
  /// - Returns: the number of rows; more may be due when it is ``Chore/batchRowsMax``.
  @discardableResult
  static func expire(_ database: Database) async throws -> Int {
    var total = 0
    while total < Chore.batchRowsMax {
      let ended = try await database.work(
        as: .system("promotions.release-coupons", vault: database.loop.vault)
      ) { work in
        let rows = try HeldUse.read(
          try await work.rows(HeldUse.lockExpired(at: work.now, atMost: rowsMax), access: .write))
        try await PromotionsModule.release(rows, in: work)
        return rows.count
      }
      total += ended
      if ended < rowsMax { break }
    }
    return total
  }
}

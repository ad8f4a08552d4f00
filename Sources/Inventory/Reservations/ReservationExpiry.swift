internal import Platform

/// The job that ends reservations when their time is over, within about a second: until then nobody can buy what they
/// hold. The chore of ``ReservationUpkeep`` finds what it misses.
struct ReservationExpiry: JobKind {
  /// Nothing: it ends all that are due.
  struct Payload: Codable, Sendable {}

  static let name = "inventory.end-due-reservations"
  static let policy = JobPolicy { policy in
    policy.concurrency = 1
    policy.isKeptWhenDone = false
  }

  func run(_ payload: Payload, _ context: JobContext) async throws {
    try await ReservationUpkeep.expire(try context.database)
  }

  /// The job for what ends at a time: one for all that end in the same second.
  static func job(at end: Instant) throws -> NewJob {
    let second = (end + .microseconds(999_999)).seconds
    return try job(Payload(), key: .whileNotEnded("\(second)"), dueAt: Instant(seconds: second) ?? end)
  }
}

internal import Platform
internal import Postgres

/// The job that makes the codes of a batch, some at a time. What is made stays, and another attempt goes on from there.
struct MakeCouponCodes: JobKind {
  struct Payload: Codable, Sendable {
    /// The UUID of the batch.
    var batch: String
  }

  static let name = "promotions.make-coupon-codes"
  static let policy = JobPolicy { policy in
    policy.concurrency = 2
    policy.timeLimit = .seconds(600)
  }
  /// The codes of one unit of work: it takes some tens of milliseconds.
  private static let codesMax = 1_000

  func run(_ payload: Payload, _ context: JobContext) async throws {
    guard let batch = ID(payload.batch) else { throw JobFailure.never("the payload names no batch") }
    var isComplete = false
    while !isComplete {
      try Task.checkCancellation()
      let (made, wanted) = try await context.work { work in
        let progress = try await Self.makeSome(of: batch, in: work)
        if progress.made == progress.wanted { try await context.complete(in: work) }
        return progress
      }
      context.report(progress: made * 1_000 / wanted, "\(made) of \(wanted) codes")
      isComplete = made == wanted
    }
  }

  /// Makes codes of a batch, 1,000 at most. One that exists already is left to the next time.
  static nonisolated(nonsending) func makeSome(of batch: ID, in work: Work) async throws -> (made: Int, wanted: Int) {
    let rows = try await work.rows(
      """
      SELECT b.coupon_id, b.prefix, b.wanted, b.made, b.uses_max FROM promotions.coupon_batch b
       WHERE b.id = \(batch) FOR NO KEY UPDATE
      """, access: .write)
    guard let row = rows.first else { throw JobFailure.never("there is no such batch") }
    let (coupon, prefix) = (try row.id("coupon_id"), try row.string("prefix"))
    let (wanted, made) = (Int(try row.int64("wanted")), Int(try row.int64("made")))
    let codes = (0..<min(wanted - made, codesMax)).map { _ in CodeText.random(after: prefix) }
    guard !codes.isEmpty else { return (made, wanted) }
    let ids = codes.map { _ in ID.made(at: work.now) }
    let added = try await work.execute(
      """
      INSERT INTO promotions.coupon_code (id, coupon_id, code, batch_id, uses_max, created_at)
      SELECT n.id, \(coupon), n.code, \(batch), \(try row.int64("uses_max")), \(work.now)
        FROM unnest(\(ids)::uuid[], \(codes)::text[]) n (id, code)
          ON CONFLICT ON CONSTRAINT coupon_code_key DO NOTHING
      """)
    let total = made + added
    let updated = try await work.execute(
      """
      UPDATE promotions.coupon_batch b
         SET made = \(total), completed_at = CASE WHEN \(total == wanted)::boolean THEN \(work.now)::timestamptz END
       WHERE b.id = \(batch)
      """)
    guard updated == 1 else { throw JobFailure.later("the batch is gone") }
    if total == wanted {
      work.publish(NewEvent(CouponStore.topic, "codes_generated", of: coupon, subjects: [batch]))
    }
    return (total, wanted)
  }
}

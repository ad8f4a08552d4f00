internal import Platform
internal import Postgres

/// Whether shoppers see the products of a seller: not while the shop is suspended or on holiday.
struct ShopVisibility {
  let seller: ID

  /// Tells the catalogue what the state of the shop says at a time, inside a unit of work that has locked the shop. The
  /// catalogue hides the products, or shows them, with the work; if that changes anything, a job gives them another
  /// version, and an event says so.
  func update(at now: Instant, in work: Work) async throws {
    let rows = try await work.rows(
      """
      SELECT catalog.hide_seller(
               h.seller_id,
               h.state = 'suspended' OR coalesce(h.holiday_start <= \(now) AND \(now) < h.holiday_end, false))
             AS is_changed
        FROM sellers.shop h
       WHERE h.seller_id = \(seller)
      """, access: .write)
    guard try rows.first?.bool("is_changed") == true else { return }
    try ProductRenewal.enqueue(for: seller, in: work)
    work.publish(NewEvent("sellers.visibility", "changed", of: seller))
  }
}

/// The job at the beginning and at the end of a holiday: the products of the shop are hidden, or shown again. It asks
/// for the state of the shop, so a job of a holiday that was changed meanwhile does no harm.
struct HolidayBoundary: JobKind {
  struct Payload: Codable, Sendable {
    /// The UUID of the seller.
    var seller: String
    /// The boundary, in microseconds since 1970.
    var at: Int64
  }

  static let name = "sellers.holiday-boundary"
  /// The clocks of two servers differ by less. The job runs so much later: who changes the shop after it takes no
  /// earlier time than the boundary.
  private static let clockDifferenceMax: Duration = .milliseconds(500)

  /// The job of a boundary that is to come. A second one of the same boundary sees no other state, so that setting one
  /// holiday again and again fills no queue.
  static func job(_ seller: ID, at boundary: Instant) throws(JobError) -> NewJob {
    try job(
      Payload(seller: seller.description, at: boundary.microseconds),
      key: .whileWaiting("\(seller)@\(boundary.microseconds)"), dueAt: boundary + clockDifferenceMax)
  }

  func run(_ payload: Payload, _ context: JobContext) async throws {
    guard let seller = ID(payload.seller) else { throw JobFailure.never("the payload names no seller") }
    try await context.work { work in
      _ = try await work.rows("SELECT FROM sellers.shop h WHERE h.seller_id = \(seller) FOR UPDATE", access: .write)
      // The job is due by the clock of the database, of which this server's may be a moment behind. It may also have
      // waited for the shop, while another boundary passed.
      let now = max(Instant.now, Instant(clamping: payload.at))
      try await ShopVisibility(seller: seller).update(at: now, in: work)
      try await context.complete(in: work)
    }
  }
}

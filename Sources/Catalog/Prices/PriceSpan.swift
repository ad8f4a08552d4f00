internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The time for which prices are scheduled.
struct PriceSpan {
  private static let daysMax: Int64 = 366
  private static let lengthMax: Duration = .seconds(daysMax * 86_400)

  let start: Instant
  let end: Instant

  private init(start: Instant, end: Instant) { (self.start, self.end) = (start, end) }

  /// Reads the fields of a request, and notes what is wrong.
  init(_ request: SchedulePricesRequest, _ check: inout RequestCheck, at now: Instant) {
    start = max(request.startTime.flatMap { check.instant($0, "start_time") } ?? now, now)
    check.require(start <= now + Self.lengthMax, "start_time", "Must be within \(Self.daysMax) days.")
    check.require(request.endTime != nil, "end_time", "Must be set.")
    end = request.endTime.flatMap { check.instant($0, "end_time") } ?? .latest
    check.require(
      request.endTime == nil || (end > start && end <= start + Self.lengthMax), "end_time",
      "Must be after the present and the start_time, and at most \(Self.daysMax) days after them.")
  }

  /// The same from a moment on, if it begins before.
  /// - Throws: INVALID_ARGUMENT when it has ended by then.
  func begun(by moment: Instant) throws -> PriceSpan {
    var check = RequestCheck()
    check.require(end > moment, "end_time", "Must be after the present.")
    try check.verify()
    return PriceSpan(start: max(start, moment), end: end)
  }

  /// Those of the prices that are scheduled for a part of the time already. Their products are locked.
  func taken(_ keys: [PriceKey], in work: Work) async throws -> Set<PriceKey> {
    let rows = try await work.rows(
      """
      SELECT k.place::bigint AS place
        FROM unnest(\(keys.map(\.variant))::uuid[], \(keys.map(\.list))::uuid[], \(keys.map(\.quantityMin))::int[])
             WITH ORDINALITY k (variant_id, list_id, quantity_min, place)
       WHERE EXISTS (SELECT FROM catalog.price r
                      WHERE r.variant_id = k.variant_id AND r.price_list_id IS NOT DISTINCT FROM k.list_id
                        AND r.quantity_min = k.quantity_min AND r.is_scheduled
                        AND r.starts_at < \(end) AND r.ends_at > \(start) AND r.starts_at < r.ends_at)
      """, access: .write)
    return Set(
      try rows.compactMap { row in
        let index = Int(try row.int64("place")) - 1
        return keys.indices.contains(index) ? keys[index] : nil
      })
  }
}

internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The time for which a request schedules prices.
struct RequestedSpan {
  private static let daysMax: Int64 = 366
  private static let lengthMax: Duration = .seconds(daysMax * 86_400)

  /// Nil for the present.
  private let start: Instant?
  private let end: Instant

  /// Reads the fields of a request, and notes what is wrong whatever the time is.
  init(_ request: SchedulePricesRequest, _ check: inout RequestCheck) {
    start = request.startTime.flatMap { check.instant($0, "start_time") }
    check.require(request.endTime != nil, "end_time", "Must be set.")
    end = request.endTime.flatMap { check.instant($0, "end_time") } ?? .latest
  }

  /// The span from a moment on, if it begins before. The same request that comes again later gets its first response,
  /// so this is asked when the prices are scheduled.
  /// - Throws: INVALID_ARGUMENT when it has ended by then, or when it is too far away or too long.
  func begun(by moment: Instant) throws -> PriceSpan {
    let start = max(start ?? moment, moment)
    var check = RequestCheck()
    check.require(start <= moment + Self.lengthMax, "start_time", "Must be within \(Self.daysMax) days.")
    check.require(
      end > start && end <= start + Self.lengthMax, "end_time",
      "Must be after the present and the start_time, and at most \(Self.daysMax) days after them.")
    try check.verify()
    return PriceSpan(start: start, end: end)
  }
}

/// The time for which prices are scheduled.
struct PriceSpan {
  let start: Instant
  let end: Instant

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

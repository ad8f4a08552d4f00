internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// Asks for the forecast of a variant.
struct StockForecastQuery {
  /// The latest movements of a variant that are read.
  static let movementsMax: Int64 = 50_000
  private static let daySeconds: Int64 = 86_400
  private static let (daysUsual, leadTimeUsual, serviceLevelUsual): (Int32, Int32, Int32) = (90, 14, 95)

  private let variant: ID
  private let days: Int32
  private let leadTimeDays: Int32
  private let serviceLevelPercent: Int32
  private let sellers: SellerAccess
  /// The end of yesterday (UTC).
  private let end: Instant

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: GetStockForecastRequest, by caller: Caller, at now: Instant) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    variant = check.id(request.variantID, "variant_id")
    days = check.forecast(request.days, "days", Int32(DemandHistory.daysMin)...365, usual: Self.daysUsual)
    leadTimeDays = check.forecast(request.leadTimeDays, "lead_time_days", 1...365, usual: Self.leadTimeUsual)
    serviceLevelPercent = check.forecast(
      request.serviceLevelPercent, "service_level_percent", 50...99, usual: Self.serviceLevelUsual)
    try check.verify()
    let seconds = now.seconds
    end = now - .seconds(seconds % Self.daySeconds) - .microseconds(now.microseconds - seconds * 1_000_000)
  }

  /// - Throws: ``InventoryError/noSuchVariant(_:)`` also for one that the caller does not reach.
  func read(_ call: Call) async throws -> StockForecast {
    guard let found = try await call.database.rows(stock).first else {
      throw InventoryError.noSuchVariant(variant.description)
    }
    let available = try found.int64("available")
    let forecast = StockForecast(in: call.arena)
    forecast.variantID = call.arena.text(variant.description)
    (forecast.available, forecast.confidence) = (available, .unknown)
    guard let begin = try found.optionalInstant("first_at") else { return forecast }
    let (start, history) = try read(try await call.database.rows(sales), since: begin)
    forecast.historyStartTime = start.timestamp(in: call.arena)
    forecast.historyDays = Int32(clamping: history.days)
    fill(forecast, from: history, available)
    return forecast
  }

  /// The history from the first whole day on that is covered by what was read.
  private func read(_ sales: Rows, since begin: Instant) throws -> (start: Instant, history: DemandHistory) {
    var first = min(days, wholeDays(since: begin))
    var sold: [(day: Int32, units: Double)] = []
    var movements: Int64 = 0
    for row in sales {
      let day = Int32(clamping: try row.int64("days_before_end"))
      movements += try row.int64("movements")
      sold.append((day, Double(try row.int64("sold"))))
    }
    // Not all were read: the oldest day may lack some.
    if movements >= Self.movementsMax, let oldest = sold.map(\.day).max() { first = min(first, oldest - 1) }
    let start = end - .seconds(Int64(first) * Self.daySeconds)
    let known = sold.filter { $0.day <= first && $0.units > 0 }.map(\.units)
    return (start, DemandHistory(days: Int(first), sold: known))
  }

  /// The number of whole days from a moment to the end.
  private func wholeDays(since moment: Instant) -> Int32 {
    Int32(clamping: max(0, (end.seconds - moment.seconds) / Self.daySeconds))
  }

  private func fill(_ forecast: StockForecast, from history: DemandHistory, _ available: Int64) {
    switch history.confidence {
    case .unknown: return
    case .low: forecast.confidence = .low
    case .medium: forecast.confidence = .medium
    case .high: forecast.confidence = .high
    }
    forecast.unitsSold = Int64(exactly: history.units) ?? .max
    (forecast.meanPerDay, forecast.deviationPerDay) = (history.mean, history.deviation)
    forecast.daysOfCover = history.cover(of: available)
    forecast.reorderPoint = history.reorderPoint(
      leadTimeDays: leadTimeDays, serviceLevelPercent: serviceLevelPercent)
    forecast.isReorderDue = available <= forecast.reorderPoint
  }

  /// What can be sold, and when the ledger of the variant begins.
  var stock: Query {
    """
    SELECT inventory.available(s.on_hand, s.reserved, s.safety_stock) AS available,
           (SELECT m.at FROM inventory.movement m
             WHERE m.variant_id = s.variant_id ORDER BY m.version LIMIT 1) AS first_at
      FROM inventory.stock s
     WHERE s.variant_id = \(variant) AND \(sellers.covers("s.seller_id"))
    """
  }

  /// What was sold on each day, counted back from the end: the last one is 1.
  var sales: Query {
    """
    SELECT ceil(extract(epoch FROM \(end)::timestamptz - m.at) / 86400)::bigint AS days_before_end,
           count(*) AS movements,
           least(coalesce(-sum(m.delta) FILTER (WHERE m.reason IN ('sold', 'sold_elsewhere')), 0),
                 1000000000000)::bigint AS sold
      FROM (SELECT l.at, l.delta, l.reason
              FROM inventory.movement l
             WHERE l.variant_id = \(variant)
               AND l.at >= \(end - .seconds(Int64(days) * Self.daySeconds))::timestamptz
               AND l.at < \(end)::timestamptz
             ORDER BY l.version DESC
             LIMIT \(Self.movementsMax)) m
     GROUP BY 1
     ORDER BY 1
    """
  }
}

extension RequestCheck {
  /// A number of a forecast; 0 for the usual one.
  fileprivate mutating func forecast(
    _ number: Int32, _ field: String, _ range: ClosedRange<Int32>, usual: Int32
  ) -> Int32 {
    guard number != 0 else { return usual }
    require(range.contains(number), field, "Must be from \(range.lowerBound) to \(range.upperBound), or 0.")
    return number
  }
}

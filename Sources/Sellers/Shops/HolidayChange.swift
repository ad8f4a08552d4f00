internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// The team of a shop sets its holiday, or ends it.
struct HolidayChange {
  private static let noteCharactersMax = 500
  private static let lengthMax: Duration = .seconds(366 * 86_400)
  private static let endField = "holiday.end_time"

  private struct Span {
    let start: Instant
    let end: Instant
    let note: String
  }

  let requestID: ID
  let seller: ID
  private let span: Span?
  private let expected: ExpectedState
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SetHolidayRequest, by caller: Caller) throws {
    var check = RequestCheck()
    requestID = check.id(request.requestID, "request_id")
    seller = check.id(request.sellerID, "seller_id")
    expected = check.etag(request.etag, "etag")
    span = request.holiday.flatMap { Self.span($0, &check) }
    try check.verify()
    sellers = caller.sellers
  }

  private static func span(_ holiday: Holiday, _ check: inout RequestCheck) -> Span? {
    let startField = "holiday.start_time"
    let note = check.note(holiday.note, "holiday.note", upTo: noteCharactersMax)
    check.require(holiday.startTime != nil, startField, "Must be set.")
    check.require(holiday.endTime != nil, endField, "Must be set.")
    let start = holiday.startTime.flatMap { check.instant($0, startField) }
    let end = holiday.endTime.flatMap { check.instant($0, endField) }
    guard let start, let end else { return nil }
    check.require(start < end, endField, "Must be after start_time.")
    return Span(start: start, end: end, note: note)
  }

  /// Verified when the change is made: the same request that comes again later gets its first response.
  /// - Throws: INVALID_ARGUMENT.
  private func verifyEnd(at now: Instant) throws {
    guard let span else { return }
    var check = RequestCheck()
    check.require(
      span.end > now && span.end <= now + Self.lengthMax, Self.endField,
      "Must be in the future, and at most 366 days from now.")
    try check.verify()
  }

  /// - Throws: ``SellersError``, ``StaleETag``; INVALID_ARGUMENT for a holiday that is over, or too far away.
  func carryOut(in work: Work) async throws -> Shop {
    try verifyEnd(at: work.now)
    let shop = StoredShop(seller: seller, work: work)
    _ = try await shop.lock(in: expected, for: sellers)
    let changed = try await shop.change("sellers.shop.set_holiday", event: "holiday") {
      let written = try await work.execute(
        """
        UPDATE sellers.shop h
           SET holiday_start = \(span?.start)::timestamptz, holiday_end = \(span?.end)::timestamptz,
               holiday_note = \(span?.note ?? "")
         WHERE h.seller_id = \(seller)
        """)
      guard written == 1 else { throw SellersError.noSuchShop(seller.description) }
    }
    for boundary in [span?.start, span?.end].compactMap({ $0 }) where boundary > work.now {
      work.enqueue(try HolidayBoundary.job(seller, at: boundary))
    }
    return changed
  }
}

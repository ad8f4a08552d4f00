import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

@testable import Catalog

/// A row of a batch of prices.
struct TestPrice: Sendable {
  var variant: String
  /// Nil to end the price.
  var amount: Int64?
  var list = ""
  var quantity: Int32 = 0
  var currency = "EUR"

  fileprivate var json: String {
    let price = amount.map { ", \"price\": {\"amount_minor\": \"\($0)\", \"currency\": \"\(currency)\"}" } ?? ""
    return "{\"variant_id\": \"\(variant)\", \"price_list_id\": \"\(list)\", \"quantity_min\": \(quantity)\(price)}"
  }
}

extension Instant {
  /// As JSON writes it, with quotation marks.
  var json: String {
    get throws { try timestamp(in: Arena()).json() }
  }
}

extension TestNode {
  var prices: PriceClient { PriceClient(channel) }

  /// The outcome of each row: the amount, or the reason and the field of the refusal.
  func setPrices(
    _ rows: [TestPrice], id: String = TestID.next(), options: CallOptions = CallOptions()
  ) async throws -> [PriceOutcome] {
    let json = "{\"rows\": [\(rows.map(\.json).joined(separator: ","))], \"request_id\": \"\(id)\"}"
    return Array(
      try await prices.setPrices(try SetPricesRequest(json: json, in: Arena()), options: options).outcomes)
  }

  func schedulePrices(
    _ rows: [TestPrice], from start: Instant? = nil, until end: Instant, options: CallOptions = CallOptions()
  ) async throws -> [PriceOutcome] {
    let from = try start.map { ", \"start_time\": \(try $0.json)" } ?? ""
    let json = """
      {"rows": [\(rows.map(\.json).joined(separator: ","))], "end_time": \(try end.json)\(from),
       "request_id": "\(TestID.next())"}
      """
    return Array(
      try await prices.schedulePrices(try SchedulePricesRequest(json: json, in: Arena()), options: options).outcomes)
  }

  func cancelPrices(_ ids: [String], options: CallOptions = CallOptions()) async throws -> [PriceOutcome] {
    let request = request(CancelScheduledPricesRequest.self) { cancellation in
      for id in ids { cancellation.priceIDs.append(cancellation.text(id)) }
      cancellation.requestID = cancellation.text(TestID.next())
    }
    return Array(try await prices.cancelScheduledPrices(request, options: options).outcomes)
  }

  /// Creates a price list of a seller. `fields` is JSON behind a comma.
  func createPriceList(
    _ seller: String, _ fields: String = "", title: String = "List", currency: String = "EUR"
  ) async throws -> PriceList {
    let json = """
      {"price_list": {"seller_id": "\(seller)", "title": "\(title)", "currency": "\(currency)"\(fields)},
       "request_id": "\(TestID.next())"}
      """
    return try #require(
      try await prices.createPriceList(try CreatePriceListRequest(json: json, in: Arena())).priceList)
  }

  /// Changes the fields, which are JSON behind a comma; the mask names those, or else it is empty.
  func updatePriceList(_ id: String, _ fields: String, mask: String = "") async throws -> PriceList {
    let json = """
      {"price_list": {"id": "\(id)"\(fields)}, "update_mask": "\(mask)", "request_id": "\(TestID.next())"}
      """
    return try #require(
      try await prices.updatePriceList(try UpdatePriceListRequest(json: json, in: Arena())).priceList)
  }

  func deletePriceList(_ id: String) async throws {
    _ = try await prices.deletePriceList(
      request(DeletePriceListRequest.self) {
        $0.priceListID = $0.text(id)
        $0.requestID = $0.text(TestID.next())
      })
  }

  /// The outcome of one line. `fields` is JSON behind a comma.
  func quote(
    _ variant: String, _ quantity: Int32 = 1, _ fields: String = "", options: CallOptions = CallOptions()
  ) async throws -> QuoteOutcome {
    let json = "{\"lines\": [{\"variant_id\": \"\(variant)\", \"quantity\": \(quantity)}]\(fields)}"
    let response = try await prices.quotePrices(try QuotePricesRequest(json: json, in: Arena()), options: options)
    return try #require(response.outcomes.first)
  }

  /// The prices of a variant that hold or will, the newest first: the amounts.
  func presentPrices(_ variant: String) async throws -> [Int64] {
    let response = try await prices.listPrices(request(ListPricesRequest.self) { $0.variantID = $0.text(variant) })
    return response.prices.compactMap { $0.price?.amountMinor }
  }

  /// The history of a variant, the newest first: the amounts.
  func priceHistory(_ variant: String) async throws -> [Int64] {
    let response = try await prices.listPriceHistory(
      request(ListPriceHistoryRequest.self) {
        $0.variantID = $0.text(variant)
        $0.pageSize = 250
      })
    return response.prices.compactMap { $0.price?.amountMinor }
  }
}

extension PriceOutcome {
  /// The amount, or the reason and the field of the refusal.
  var summary: String {
    switch outcome {
    case .price(let price): "\(price.price?.amountMinor ?? 0)"
    case .refusal(let refusal): "\(refusal.reason.string) \(refusal.field.string)"
    case nil: ""
    }
  }

  var price: Price? {
    if case .price(let price) = outcome { price } else { nil }
  }
}

extension QuoteOutcome {
  var quote: PriceQuote? {
    if case .quote(let quote) = outcome { quote } else { nil }
  }

  /// The amount with its currency, or the reason of the refusal.
  var summary: String {
    switch outcome {
    case .quote(let quote): "\(quote.unitPrice?.amountMinor ?? 0) \(quote.unitPrice?.currency.string ?? "")"
    case .refusal(let refusal): refusal.reason.string
    case nil: ""
    }
  }
}

extension TestShop {
  /// The number of prices that contradict others: own prices that are not those of their variants, gaps between them,
  /// prices of one kind at the same time, and those of products that shoppers see otherwise.
  func wrongPrices() async throws -> Int64 {
    try await number {
      """
      SELECT (SELECT count(*)
                FROM catalog.variant v
               WHERE 1 <> (SELECT count(*) FROM catalog.price r
                            WHERE r.variant_id = v.id AND r.price_list_id IS NULL AND r.ends_at = 'infinity'
                              AND r.price_minor = v.price_minor AND r.currency = v.currency))
           + (SELECT count(*)
                FROM (SELECT r.ends_at, lead(r.starts_at) OVER (PARTITION BY r.variant_id ORDER BY r.starts_at) AS next
                        FROM catalog.price r WHERE r.price_list_id IS NULL AND NOT r.is_scheduled) o
               WHERE o.ends_at <> o.next)
           + (SELECT count(*)
                FROM catalog.price a
                JOIN catalog.price b ON b.variant_id = a.variant_id AND b.id > a.id
                                    AND b.price_list_id IS NOT DISTINCT FROM a.price_list_id
                                    AND b.quantity_min = a.quantity_min AND b.is_scheduled = a.is_scheduled
                                    AND tstzrange(b.starts_at, b.ends_at) && tstzrange(a.starts_at, a.ends_at))
           + (SELECT count(*)
                FROM catalog.product p, catalog.variants_now(p.id) n
               WHERE (p.price_minor, p.currency, p.variants::jsonb)
                     IS DISTINCT FROM (n.price_minor, n.currency, n.variants::jsonb)
                  OR EXISTS (SELECT FROM catalog.shelf h WHERE h.product_id = p.id AND h.price_minor <> p.price_minor))
             AS n
      """
    }
  }
}

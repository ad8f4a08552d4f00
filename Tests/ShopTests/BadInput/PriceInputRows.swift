import Platform
import Protobuf
import RPC

extension InputRow {
  private static let service = "fastshop.catalog.v1.PriceService/"
  private static let answered = InputRule.ignored("it is only answered")
  private static let code = InputRule.text(
    not: " ", "Web", "a_b", "-a", "a--b", "\u{e9}", String(repeating: "c", count: 51))
  private static let currency = InputRule.text(not: "eur", "EU", "XAU", "\u{20ac}")
  private static let ofRow = InputRule.reported("what is wrong with a row is its outcome")
  private static let rows = [
    "rows.variant_id": ofRow, "rows.price_list_id": ofRow, "rows.quantity_min": ofRow,
    "rows.price.amount_minor": ofRow, "rows.price.currency": ofRow,
  ]
  private static let row = "{\"variant_id\": \"\(InputRule.absent)\"}"

  private static func many(_ count: Int, _ json: String) -> String {
    Array(repeating: json, count: count).joined(separator: ",")
  }

  /// A schedule from so many days on, until so many days on.
  private static func schedule(_ start: Int64?, _ end: Int64?) -> String {
    func field(_ name: String, _ days: Int64?) -> String {
      guard let days, let time = try? (Instant.now + .seconds(days * 86_400)).timestamp(in: Arena()).json() else {
        return ""
      }
      return "\"\(name)\": \(time), "
    }
    return "{\"rows\": [\(row)], \(field("start_time", start))\(field("end_time", end))\"request_id\": \"ID\"}"
  }

  private static func list(_ changed: [String: InputRule]) -> [String: InputRule] {
    var rules = [
      "price_list.title": .line(1...100), "price_list.create_time": answered, "price_list.update_time": answered,
    ]
    rules.merge(changed) { $1 }
    return rules
  }

  static let prices: [InputRow] = [
    InputRow(
      service + "SetPrices", rows, Case(what: "no rows", json: "{\"request_id\": \"ID\"}", field: "rows"),
      Case(what: "251 rows", json: "{\"rows\": [\(many(251, "{}"))], \"request_id\": \"ID\"}", field: "rows")),
    InputRow(
      service + "SchedulePrices", rows, Case(what: "no end", json: schedule(1, nil), field: "end_time"),
      Case(what: "an end that has passed", json: schedule(nil, -1), field: "end_time"),
      Case(what: "an end before the start", json: schedule(2, 1), field: "end_time"),
      Case(what: "a start too late", json: schedule(367, 368), field: "start_time"),
      Case(what: "an end too late", json: schedule(1, 368), field: "end_time"),
      Case(what: "no rows", json: schedule(1, 2).replacing(row, with: ""), field: "rows")),
    InputRow(service + "CancelScheduledPrices", ["price_ids": .list(1...250, of: InputRule.absent, not: "", "x")]),
    InputRow(service + "ListPrices", ["variant_id": .optionalID, "price_list_id": .optionalID]),
    InputRow(service + "ListPriceHistory", ["variant_id": .optionalID, "channel": code, "currency": currency]),
    InputRow(
      service + "CreatePriceList",
      list([
        "price_list.id": answered, "price_list.seller_id": .id, "price_list.segment": code,
        "price_list.channel": code, "price_list.currency": InputRule.text(not: "", "eur", "EU", "XAU", "\u{20ac}"),
        "price_list.etag": answered,
      ]),
      Case(what: "no list", json: "{\"request_id\": \"ID\"}", field: "price_list.currency")),
    InputRow(
      service + "UpdatePriceList",
      list([
        "price_list.id": .id, "price_list.seller_id": answered, "price_list.segment": answered,
        "price_list.channel": answered, "price_list.currency": answered, "price_list.etag": .etag,
        "update_mask": .mask("title"),
      ]),
      sample: {
        """
        {"price_list": {"id": "\(try await $0.priceList(of: $0.shops[0].seller))", "title": "Store"},
         "update_mask": "title", "request_id": "\($0.requestID)"}
        """
      },
      Case(
        what: "nothing to change",
        json: "{\"price_list\": {\"id\": \"\(InputRule.absent)\"}, \"request_id\": \"ID\"}", field: "update_mask")),
    InputRow(service + "DeletePriceList", ["price_list_id": .id]),
    InputRow(service + "ListPriceLists", ["seller_id": .optionalID]),
    InputRow(
      service + "QuotePrices",
      [
        "lines.variant_id": .id, "lines.quantity": .number(1...1_000_000), "channel": code, "currency": currency,
        "segment": code,
      ],
      Case(what: "no lines", json: "{}", field: "lines"),
      Case(what: "101 lines", json: "{\"lines\": [\(many(101, "{}"))]}", field: "lines")),
  ]
}

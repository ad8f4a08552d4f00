import Foundation
import RPC

extension InputRow {
  private static let service = "fastshop.sellers.v1.SellerService/"
  private static let admin = "fastshop.sellers.v1.SellerAdminService/"
  private static let shopSlug = InputRule.text(not: "A", "a b", "-a", "a-", "a--b", "a_b", "\u{e9}", "\u{202e}")
  private static let requiredSlug = InputRule.text(not: "", " ", "A", "-a", "a--b", String(repeating: "a", count: 101))
  private static let trader: [String: InputRule] = [
    "company_name": .line(1...100), "city": .line(1...100), "region": .line(0...100),
    "street_lines": .list(1...4, of: "Ring 1", not: "", " ", "a\nb", String(repeating: "x", count: 101)),
    "postal_code": .text(not: "", " ", "10115", "SW1Y", "a\u{7}b"),
    "country": .text(not: "", " ", "G", "GBR", "ZZ", "1"), "register_number": .line(0...100),
    "vat_id": .text(
      not: "1", "AT", "AT1", "ATUVWX", "1AT234", "AT1234567890123", "ATU1", "DE12345678", "AT\u{7}123", "\u{c4}T1234"),
    "email": .email,
    "phone": .text(not: "", " ", "1", "abc", "+", "+0123456789", "+1234567890123456"),
  ].reduce(into: [:]) { $0["trader." + $1.key] = $1.value }

  private static func holiday(_ fields: String) -> String {
    "{\"seller_id\": \"\(InputRule.absent)\", \"holiday\": {\(fields)}, \"request_id\": \"ID\"}"
  }

  private static let ofTeam: [String: InputRule] = ["seller_id": .id, "user_id": .id, "role": .requiredChoice]

  /// What is no document, by its content.
  private static let noDocuments = InputRule { _, _ in
    let pixel = Array(Data(base64Encoded: AccessResources.pixel) ?? Data())
    return [
      .refused("nothing", .bytes([])), .refused("a text", .bytes(Array("extract.pdf".utf8))),
      .refused("a PDF without an end", .bytes(Array("%PDF-1.7\n".utf8))),
      .refused("a PNG that is cut", .bytes(Array(pixel.prefix(45)))),
      .refused("a page", .bytes(Array("<html>%PDF-1.7 %%EOF</html>".utf8))),
    ]
  }

  static let shops = [
    InputRow(
      service + "UploadSellerDocument",
      ["application_id": .id, "name": .line(1...100), "chunk": noDocuments]),
    InputRow(service + "ListSellerDocuments", ["application_id": .id]),
    InputRow(service + "DeleteSellerDocument", ["document_id": .id]),
    InputRow(admin + "DownloadSellerDocument", ["document_id": .id]),
    InputRow(
      service + "ApplyAsSeller",
      trader.merging(["slug": requiredSlug, "name": .line(1...100), "description": .note(5_000)]) { $1 },
      Case(
        what: "no trader", json: "{\"slug\": \"oak\", \"name\": \"Oak\", \"request_id\": \"ID\"}", field: "trader")),
    InputRow(service + "GetSellerApplication", ["application_id": .optionalID]),
    InputRow(
      service + "GetShop",
      [
        "seller_id": .id,
        "slug": .looked(
          up: .notFound, "there is no such shop", not: "", " ", "\u{202e}", "\u{10ffff}", InputRule.long("x")),
      ],
      Case(what: "no key", json: "{}", field: "key")),
    InputRow(
      service + "UpdateShop",
      [
        "profile.seller_id": .id, "profile.name": .line(1...100), "profile.description": .note(5_000),
        "profile.etag": .etag, "profile.locale": .text(not: "de", " "), "update_mask": .mask("name"),
      ],
      Case(what: "no profile", json: "{\"request_id\": \"ID\"}", field: "profile"),
      Case(
        what: "another seller",
        json: """
          {"profile": {"seller_id": "\(InputRule.absent)"}, "update_mask": "sellerId", "request_id": "ID"}
          """, field: "update_mask")),
    InputRow(
      service + "SetHoliday", ["seller_id": .id, "holiday.note": .note(500)],
      Case(
        what: "no beginning", json: holiday("\"end_time\": \"2127-01-01T00:00:00Z\""), field: "holiday.start_time"),
      Case(what: "no end", json: holiday("\"start_time\": \"2127-01-01T00:00:00Z\""), field: "holiday.end_time"),
      Case(
        what: "one that is over",
        json: holiday("\"start_time\": \"2020-01-01T00:00:00Z\", \"end_time\": \"2020-02-01T00:00:00Z\""),
        field: "holiday.end_time"),
      Case(
        what: "one of a century",
        json: holiday("\"start_time\": \"2020-01-01T00:00:00Z\", \"end_time\": \"2127-01-01T00:00:00Z\""),
        field: "holiday.end_time"),
      Case(
        what: "an end before the beginning",
        json: holiday("\"start_time\": \"2127-02-01T00:00:00Z\", \"end_time\": \"2127-01-01T00:00:00Z\""),
        field: "holiday.end_time")),
    InputRow(service + "ListTeam", ["seller_id": .id]),
    InputRow(service + "InviteTeamMember", ["seller_id": .id, "email": .email, "role": .requiredChoice]),
    InputRow(service + "UpdateTeamMember", ofTeam),
    InputRow(
      service + "RemoveTeamMember", ["seller_id": .id, "user_id": .id, "invitation_id": .id],
      Case(
        what: "nobody", json: "{\"seller_id\": \"\(InputRule.absent)\", \"request_id\": \"ID\"}", field: "member")),
    InputRow(admin + "InspectSellerApplication", ["application_id": .id]),
    InputRow(admin + "ApproveSeller", ["application_id": .id, "slug": shopSlug]),
    InputRow(admin + "RejectSeller", ["application_id": .id, "reason": .line(1...500)]),
    InputRow(admin + "SuspendSeller", ["seller_id": .id, "reason": .line(1...500)]),
    InputRow(admin + "ReinstateSeller", ["seller_id": .id]),
  ]
}

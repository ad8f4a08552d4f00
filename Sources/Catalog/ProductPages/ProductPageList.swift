internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A page of all product pages: those of the GTINs that variants have, and those that staff have decided about.
///
/// The pages of GTINs have no rows. The next ones after the position are found step by step in the index of variants,
/// one look-up each, however many variants a page has. As many rows of catalog.product_page come to them.
struct ProductPageList: PagedList {
  typealias Element = ProductPage

  let page: PageRequest
  private let ids: ClosedRange<ID>

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListProductPagesRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    let ids = GTIN.pages(beginningWith: request.gtinPrefix.string)
    check.require(ids != nil, "gtin_prefix", "Must be up to \(GTIN.digits) digits, or empty.")
    self.ids = ids ?? ID.none...ID.none
    let order = ListOrder("id", .sort(atMost: 2 * (PageSizes.standard.most + 1)), by: .id("a.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    ListRows(
      ProductPageColumns.managed,
      from: """
        \(next) a
          LEFT JOIN LATERAL (SELECT o.version, o.chosen_product_id, o.merged_into
                               FROM catalog.product_page o WHERE o.id = a.id OFFSET 0) g ON true
        """,
      where: "true")
  }

  /// The ids of at least as many pages after the position as are wanted, if there are so many.
  private var next: Query {
    let position: Query = "\(page.position.first ?? "")::uuid"
    let id: Query = "catalog.page_of_gtin(v.gtin)"
    let variants: Query = """
      SELECT \(id) AS id FROM catalog.variant v WHERE v.gtin IS NOT NULL AND \(id) <= \(ids.upperBound)
      """
    return """
      (WITH RECURSIVE step AS (
                (\(variants) AND \(id) > \(position) AND \(id) >= \(ids.lowerBound) ORDER BY \(id) LIMIT 1)
                 UNION ALL
                SELECT (\(variants) AND \(id) > s.id ORDER BY \(id) LIMIT 1) FROM step s WHERE s.id IS NOT NULL
              )
              (SELECT s.id FROM step s WHERE s.id IS NOT NULL LIMIT \(page.size + 1))
               UNION
              (SELECT o.id FROM catalog.product_page o
                WHERE o.id > \(position) AND o.id BETWEEN \(ids.lowerBound) AND \(ids.upperBound)
                ORDER BY o.id LIMIT \(page.size + 1)))
      """
  }
}

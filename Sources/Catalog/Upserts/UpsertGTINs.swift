internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// How many variants a seller has of each GTIN that the rows of an upsert write. GTINs without a product page are not
/// counted.
struct UpsertGTINs {
  /// More are not counted: those of one product, and as many as can be elsewhere.
  private static let countMax = OptionMatrix.combinationsMax + GTIN.variantsOfSellerMax + 1

  /// By the GTIN in 14 digits.
  private var counts: [String: Int] = [:]

  init() {}

  /// - Parameter rows: those of ``counts(_:of:)``.
  init(_ rows: Rows) throws {
    for row in rows { counts[try row.string("gtin")] = Int(try row.int64("variants")) }
  }

  static func counts(_ gtins: [GTIN], of seller: ID) -> Query {
    """
    SELECT g.gtin,
           (SELECT count(*)
              FROM (SELECT v.id
                      FROM catalog.variant v
                     WHERE v.gtin IS NOT NULL AND catalog.page_of_gtin(v.gtin) = g.page_id AND v.seller_id = \(seller)
                     LIMIT \(countMax)) c) AS variants
      FROM (SELECT n.gtin, catalog.page_of_gtin(n.gtin) AS page_id
              FROM unnest(\(Set(gtins.map(\.padded)).sorted())::text[]) AS n (gtin)) g
     WHERE g.page_id IS NOT NULL
    """
  }

  /// Verifies what a row makes of its product. What a product has already is not refused.
  /// - Parameter variants: those of the row.
  func verify(_ product: Product, insteadOf before: Product?, _ variants: [VariantFields]) throws(RowRefusal) {
    let (had, has) = (Self.gtins(of: before), Self.gtins(of: product))
    for (index, fields) in variants.enumerated() {
      guard let gtin = fields.gtin, let count = counts[gtin.padded] else { continue }
      let (own, wanted) = (had[gtin.padded, default: 0], has[gtin.padded, default: 0])
      if wanted > own && count - own + wanted > GTIN.variantsOfSellerMax {
        throw RowRefusal(CatalogError.tooManyVariantsOfGTIN(gtin.text, field: "variants[\(index)].gtin"))
      }
    }
  }

  /// Notes what a product has from now on, for the rows behind it.
  mutating func take(_ product: Product, insteadOf before: Product?) {
    for (gtin, count) in Self.gtins(of: before) { counts[gtin]? -= count }
    for (gtin, count) in Self.gtins(of: product) { counts[gtin]? += count }
  }

  private static func gtins(of product: Product?) -> [String: Int] {
    guard let product else { return [:] }
    var gtins: [String: Int] = [:]
    for variant in product.variants {
      if let gtin = GTIN(variant.gtin.string) { gtins[gtin.padded, default: 0] += 1 }
    }
    return gtins
  }
}

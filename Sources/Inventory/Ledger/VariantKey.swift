internal import Platform
internal import Postgres
internal import Protobuf

/// How a row of a batch names its variant.
enum VariantKey {
  case id(ID)
  /// Within the seller of the batch.
  case sku(String)

  /// The refusal of a row whose variant is not there.
  var missing: RowRefusal {
    switch self {
    case .id(let id): RowRefusal(InventoryError.noSuchVariant(id.description), field: "variant_id")
    case .sku(let sku): RowRefusal(InventoryError.noSuchVariant(sku), field: "sku")
    }
  }
}

/// The variants that the rows of a batch name.
struct NamedVariants {
  private let bySKU: [String: ID]

  /// Reads which variants the seller has by the SKUs among `keys`. `seller` is nil only where there are none.
  static func read(_ keys: [VariantKey], of seller: ID?, in work: Work) async throws -> NamedVariants {
    let skus = keys.compactMap { key in if case .sku(let sku) = key { sku } else { nil } }
    guard let seller, !skus.isEmpty else { return NamedVariants(bySKU: [:]) }
    let found = try await work.rows(
      "SELECT v.variant_id, v.sku FROM catalog.variants_of_skus(\(seller), \(skus)::text[]) v", access: .write)
    var variants: [String: ID] = [:]
    for row in found { variants[try row.string("sku")] = try row.id("variant_id") }
    return NamedVariants(bySKU: variants)
  }

  /// Nil for a SKU that the seller does not have.
  subscript(_ key: VariantKey) -> ID? {
    switch key {
    case .id(let id): id
    case .sku(let sku): bySKU[sku]
    }
  }
}

extension RequestCheck {
  private static let stockRowsMax = 450

  /// The number of rows of a batch.
  mutating func stockRows(_ count: Int, _ field: String) {
    require(
      (1...Self.stockRowsMax).contains(count), field, "Must have 1 to \(Self.stockRowsMax) elements, and has \(count).")
  }

  /// The seller whose SKUs a batch names; nil where it names none.
  mutating func sellerOfSKUs(_ id: Text, namesSKU: Bool, _ caller: Caller) -> ID? {
    let seller = optionalID(id, "seller_id") ?? caller.sellerID
    require(seller != nil || !namesSKU, "seller_id", "Must be set: the caller has no shop with these SKUs.")
    return seller
  }

  /// The variant of a row.
  mutating func variantKey(id: Text, sku: Text) -> VariantKey {
    if sku.isEmpty { return .id(self.id(id, "variant_id")) }
    require(id.isEmpty, "variant_id", "Must be empty when sku is set.")
    return .sku(line(sku, "sku", isRequired: true))
  }
}

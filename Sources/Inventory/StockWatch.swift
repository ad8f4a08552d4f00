internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// The selection that a subscriber watches, and the cursor from which it resumes.
struct StockWatch {
  private static let variantsMax = 1_000

  let selection: StockSelection
  let cursor: EventCursor?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: consuming WatchInventoryRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    cursor = check.cursor(request.cursor, signer)
    switch request.selection {
    case .variants(let list):
      selection = .variants(check.ids(list.variantIDs, "variants.variant_ids", count: 1...Self.variantsMax))
    case .productID(let id): selection = .product(check.id(id, "product_id"))
    case .categoryID(let id): selection = .category(check.id(id, "category_id"))
    case .sellerID(let id): selection = .seller(check.id(id, "seller_id"))
    case nil:
      check.refuse("selection", "One of variants, product_id, category_id and seller_id must be set.")
      selection = .variants([])
    }
    try check.verify()
  }

  /// Whether it can cease to exist, or to be the caller's to see, by an event after which the state is read again.
  var mayEnd: Bool {
    if case .category = selection { true } else { false }
  }

  /// Bytes that a stream holds for it while it lasts.
  var memoryBytes: Int {
    guard case .variants(let ids) = selection else { return 0 }
    return ids.count * Self.variantBytes
  }

  /// An id in a list, in a set and in a table of which a part is free, and the subscriber's place among the followers.
  private static let variantBytes = 256

  /// - Throws: NOT_FOUND for a product, category or seller that does not exist, or not for the caller.
  func verifyExistence(_ visibility: StockVisibility, _ call: Call) async throws {
    let (question, type, id): (Query, String, ID)
    switch selection {
    case .variants: return
    case .product(let product):
      (question, type, id) = (
        """
        SELECT EXISTS (SELECT FROM catalog.product_sight p WHERE p.id = \(product) AND \(visibility.covers)) AS exists
        """, "Product", product
      )
    case .category(let category):
      (question, type, id) = ("SELECT catalog.category_exists(\(category)) AS exists", "Category", category)
    case .seller(let seller):
      (question, type, id) = ("SELECT catalog.seller_exists(\(seller)) AS exists", "Seller", seller)
    }
    guard try await call.database.rows(question).first?.bool("exists") == true else {
      throw InventoryError.noSuchSelection(type: "fastshop.catalog.v1.\(type)", name: id.description)
    }
  }
}

/// The stock that a subscriber selects.
enum StockSelection {
  case variants([ID])
  case product(ID)
  case category(ID)
  case seller(ID)

  /// The events that concern it.
  var events: EventSelection {
    switch self {
    case .variants(let ids): .changed(Set(ids))
    case .product(let id), .category(let id), .seller(let id): .concerning(id)
    }
  }
}

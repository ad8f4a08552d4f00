import RPC

/// What a call is about: somebody's thing, or one that there is not.
struct AccessSubject {
  let product: String
  let variant: String
  let category: String
  /// The seller whose it is.
  let seller: String
}

/// Who may call a method, said once more than in the .proto file: by a person who thought about it.
struct AccessRow {
  /// `package.Service/Method`; all methods of a service for `package.Service/*`.
  let method: String
  /// Whom the method serves; all others are refused.
  let callers: Set<TestCaller>
  /// Those whom it serves, but not about things of other people, which are for them as if they were not there. Nil for
  /// a method that is about nobody's things.
  let confined: Set<TestCaller>?
  /// The request, in JSON.
  let request: @Sendable (AccessSubject) -> String
  /// How calls end that are served.
  let ends: Set<StatusCode>
  /// Whether what is sent as credentials is not even looked at.
  let ignoresCredentials: Bool

  init(
    _ method: String, _ callers: Set<TestCaller>, confined: Set<TestCaller>? = nil, ends: Set<StatusCode> = [.ok],
    ignoresCredentials: Bool = false, request: @escaping @Sendable (AccessSubject) -> String = { _ in "{}" }
  ) {
    self.method = method
    self.callers = callers
    self.confined = confined
    self.request = request
    self.ends = ends
    self.ignoresCredentials = ignoresCredentials
  }

  private static let everybody = TestCaller.everybody
  private static let admins: Set<TestCaller> = [.admin, .key, .certificate]
  private static let sellers: Set<TestCaller> = [.seller, .sellersKey, .otherSeller, .sellerWithoutShop]

  /// Every method has its row, in the order of docs/api.md.
  static let all: [AccessRow] = [
    AccessRow("fastshop.audit.v1.AuditService/ListAuditEntries", admins),
    AccessRow("fastshop.catalog.v1.CatalogService/GetProduct", everybody) { "{\"id\": \"\($0.product)\"}" },
    AccessRow("fastshop.catalog.v1.CatalogService/ListProducts", everybody),
    AccessRow("fastshop.catalog.v1.CatalogService/ListCategories", everybody),
    AccessRow("fastshop.inventory.v1.InventoryService/GetStock", everybody) { "{\"product_id\": \"\($0.product)\"}" },
    AccessRow(
      "fastshop.inventory.v1.InventoryService/AdjustStock", sellers.union(admins).union([.manager]), confined: sellers
    ) {
      """
      {"variant_id": "\($0.variant)", "delta": 1, "reason": "STOCK_REASON_COUNTED", "request_id": "\(TestID.next())"}
      """
    },
    AccessRow("fastshop.inventory.v1.InventoryService/WatchInventory", everybody) {
      "{\"product_id\": \"\($0.product)\"}"
    },
    AccessRow("grpc.health.v1.Health/*", everybody, ends: [.ok, .notFound], ignoresCredentials: true),
    AccessRow("grpc.reflection.v1.ServerReflection/*", everybody, ignoresCredentials: true),
    AccessRow("grpc.reflection.v1alpha.ServerReflection/*", everybody, ignoresCredentials: true),
    AccessRow("grpc.channelz.v1.Channelz/*", admins, ends: [.ok, .notFound]),
  ]

  /// The row of the method at `path`.
  static func row(of path: String) -> AccessRow? {
    let name = String(path.dropFirst())
    let service = name.prefix { $0 != "/" } + "/*"
    return all.first { $0.method == name || $0.method == service }
  }
}

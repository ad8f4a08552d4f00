public import Postgres

/// A realistic shop for trials: the same every time, of any size.
public struct DemoShop {
  /// A shop may have at most this many products.
  public static let productsMax = 20_000_000
  /// Products that the usual demo shop has.
  public static let productsUsual = 2_000

  /// The progress of filling the shop.
  public struct Progress: Sendable {
    /// The current step, as a sentence without its full stop.
    public let step: String
    /// Products written so far.
    public let products: Int
    /// Products that there will be.
    public let total: Int
  }

  private let products: Int
  private let currency: String
  private let pictures: [String: DemoImageFile]

  /// A shop of so many products, with prices in a currency of ISO 4217: the same minor units in each. The first
  /// products of a larger shop are those of a smaller one.
  /// - Parameter pictures: the files of ``drawings``, by their names; without them, images are not to be had.
  /// - Throws: ``DemoShopError/size(_:)``.
  public init(
    products: Int = productsUsual, currency: String = "EUR", pictures: [String: DemoImageFile] = [:]
  ) throws(DemoShopError) {
    guard (1...Self.productsMax).contains(products) else { throw .size(products) }
    (self.products, self.currency, self.pictures) = (products, currency, pictures)
  }

  /// The pictures of all goods, in a fixed order. Products of one kind and colour share one.
  public static var drawings: [DemoDrawing] { DemoDrawing.all(DemoTree()) }

  /// Fills the shop in one transaction. Meanwhile the catalogue cannot be read.
  /// - Parameters:
  ///   - database: the database of the current loop; its schema is up to date.
  ///   - replacing: whether existing contents are deleted first.
  ///   - report: receives the progress.
  /// - Throws: ``DemoShopError/notEmpty(products:)`` unless `replacing`; `PostgresError`.
  public func fill(
    _ database: Database, replacing: Bool = false, report: (Progress) -> Void = { _ in }
  ) async throws {
    try await database.transaction { transaction in
      let load = BulkLoad(transaction, currency: currency)
      try await load.begin()
      let present = try await Self.count(transaction)
      guard present == 0 || replacing else { throw DemoShopError.notEmpty(products: present) }
      report(Progress(step: "making room", products: 0, total: products))
      try await load.clear()
      try await DemoWriter(transaction, currency: currency, pictures: pictures).write(products, report: report)
      report(Progress(step: "building indexes", products: products, total: products))
      try await load.finish()
    }
  }

  /// The number of products of the shop.
  public static func count(_ database: some QueryRunner) async throws(PostgresError) -> Int {
    let rows = try await database.rows("SELECT count(*) AS products FROM catalog.product")
    return Int(try rows.first?.int64("products") ?? 0)
  }
}

/// The reason why the demo shop is not filled.
public enum DemoShopError: Error, Equatable, CustomStringConvertible {
  /// A shop cannot have so many products.
  case size(Int)
  /// The shop has products already.
  case notEmpty(products: Int)

  /// A sentence with advice.
  public var description: String {
    switch self {
    case .size(let products):
      "a demo shop has 1 to \(DemoShop.productsMax) products, not \(products)"
    case .notEmpty(let products):
      "the shop has \(products) products already; ask for them to be replaced, or use an empty database"
    }
  }
}

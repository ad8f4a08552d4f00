import Catalog
import DemoShop
import EventLoop
import Identity
import Logging
import Platform

/// Fills the shop with demo products and reports its progress.
struct DemoSeeding {
  /// Reports are at least this far apart.
  private static let reportInterval: Duration = .seconds(2)

  let products: Int
  let isReplacing: Bool
  /// The currency of its prices.
  let currency: Currency
  /// The administrator of an empty shop that is filled; nil for none.
  var admin: NewAdmin?
  /// Draws the pictures; nil for a shop without pictures.
  var gallery: DemoGallery?

  /// - Throws: `DemoShopError`, `PostgresError`.
  func fill(_ database: ShopDatabase, on loop: EventLoop, log: Logger) async throws {
    let (products, isReplacing, currency) = (products, isReplacing, currency.code)
    if gallery != nil { log.info("drawing the pictures of the shop") }
    let pictures = try await gallery?.files(on: loop, log: log) ?? [:]
    try await database.use(on: loop) { database in
      let clock = ContinuousClock()
      var last = clock.now - Self.reportInterval
      var step = ""
      let shop = try DemoShop(products: products, currency: currency, pictures: pictures)
      try await shop.fill(database, replacing: isReplacing) { progress in
        guard progress.step != step || last.duration(to: clock.now) >= Self.reportInterval else { return }
        last = clock.now
        step = progress.step
        log.info(
          "filling the shop: \(progress.step)",
          metadata: ["products": .stringConvertible(progress.products), "of": .stringConvertible(progress.total)])
      }
    }
    if !pictures.isEmpty { try await database.use(on: loop) { try await DrawnImage.renderOthers($0) } }
    log.info("the shop is filled", metadata: ["products": .stringConvertible(products)])
  }

  /// Fills the shop only if there is nothing in it.
  func fillIfEmpty(_ database: ShopDatabase, _ vault: Vault, on loop: EventLoop, log: Logger) async throws {
    let present = try await database.use(on: loop) { try await DemoShop.count($0) }
    guard present == 0 else {
      if let admin, try await !database.use(on: loop, { try await admin.exists($0) }) { Self.tellOfNoAdmin(log) }
      return
    }
    try await fill(database, on: loop, log: log)
    try await gallery?.stock(products: products, database, vault, on: loop, log: log)
    guard let admin else { return Self.tellOfNoAdmin(log) }
    try await database.use(on: loop) { try await admin.create($0, byCommand: "fastshop serve", vault: vault) }
  }

  private static func tellOfNoAdmin(_ log: Logger) {
    log.notice(
      "the demo shop has no administrator",
      metadata: ["hint": "FASTSHOP_ADMIN_PASSWORD creates one when the shop is filled; now use fastshop create-admin"])
  }
}

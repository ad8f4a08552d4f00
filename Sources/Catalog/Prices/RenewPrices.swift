internal import Platform
internal import Postgres

/// Shows the own prices of products that hold now, when scheduled ones begin or end. Quotes need no job for that. Run
/// again, or after the schedule was cancelled, it finds nothing to change.
struct RenewPrices: JobKind {
  struct Payload: Codable, Sendable {
    /// The UUIDs of the products: at most as many as a batch of prices has rows.
    var products: [String]
  }

  static let name = "catalog.renew-prices"
  static let policy = JobPolicy { policy in policy.isKeptWhenDone = false }

  static func job(products: [ID], at time: Instant) throws(JobError) -> NewJob {
    try job(Payload(products: products.map(\.description)), dueAt: time)
  }

  func run(_ payload: Payload, _ context: JobContext) async throws {
    let products = payload.products.compactMap { ID($0) }
    try await context.work { work in
      let store = PriceStore(work: work, sellers: .every)
      work.send("SELECT catalog.lock_tree_shared()")
      let locked = try await work.lockRows(of: "catalog.product p", by: "p.id", products, reading: "p.id")
      try await store.renew(Set(try locked.map { try $0.id("id") }))
      try await context.complete(in: work)
    }
  }
}

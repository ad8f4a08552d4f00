internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Puts a draft on sale, now or at a time.
struct ProductPublication {
  private static let daysAheadMax: Int64 = 366
  private static let secondsOfDay: Int64 = 86_400

  let requestID: ID
  private let id: ID
  private let time: Instant?
  private let expected: ExpectedState
  private let caller: Caller

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: PublishProductRequest, by caller: Caller) throws {
    self.caller = caller
    var check = RequestCheck()
    id = check.id(request.productID, "product_id")
    time = request.publishTime.flatMap { check.instant($0, "publish_time") }
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// Verified when the change is made: a time may be too far away at first, and not when the request comes again.
  /// - Throws: INVALID_ARGUMENT.
  private func verifyTime(at now: Instant) throws {
    guard let time else { return }
    var check = RequestCheck()
    check.require(
      time <= now + .seconds(Self.daysAheadMax * Self.secondsOfDay), "publish_time",
      "Must be within \(Self.daysAheadMax) days.")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``IllegalMove``; ``StaleETag`` when the product has changed since the caller looked;
  ///   INVALID_ARGUMENT for a time that is too far away.
  func carryOut(in work: Work) async throws -> Product {
    try verifyTime(at: work.now)
    let store = ProductStore(work: work, sellers: caller.sellers)
    let (before, state) = try await store.lock(id, in: expected)
    _ = try ProductMove.machine.transition(.publish, from: state, with: caller.permissions)
    try await store.verifyCompleteness(of: before)
    guard let time, time > work.now else { return try await Self.publish(id, before: before, store) }
    work.send(
      """
      UPDATE catalog.product p
         SET publish_at = \(time), version = p.version + 1, updated_at = clock_timestamp()
       WHERE p.id = \(id)
      """)
    work.enqueue(try PublishScheduledProduct.job(product: id, at: time))
    return try await store.finish(.schedule, of: id, before: before)
  }

  /// Puts a draft on sale that was scheduled for this time; if it lacks something by now, it stays a draft. Nothing is
  /// done when it has another time meanwhile, or none.
  static func carryOut(_ id: ID, scheduledFor time: Instant, in work: Work) async throws {
    let store = ProductStore(work: work, sellers: .every)
    store.lockTree()
    let due = try await work.rows(
      "SELECT FROM catalog.product p WHERE p.id = \(id) AND p.publish_at = \(time) FOR NO KEY UPDATE", access: .write)
    if due.isEmpty { return }
    let before = try await store.product(id)
    if try await store.lacks(of: before).isEmpty {
      _ = try await publish(id, before: before, store)
    } else {
      work.send(
        """
        UPDATE catalog.product p
           SET publish_at = NULL, version = p.version + 1, updated_at = clock_timestamp()
         WHERE p.id = \(id)
        """)
      _ = try await store.finish(.refusePublication, of: id, before: before)
    }
  }

  /// A product that was on sale before keeps the time at which it was published first.
  private static func publish(_ id: ID, before: Product, _ store: ProductStore) async throws -> Product {
    store.work.send(
      """
      UPDATE catalog.product p
         SET status = 'active', published_at = coalesce(p.published_at, clock_timestamp()), publish_at = NULL,
             version = p.version + 1, updated_at = clock_timestamp()
       WHERE p.id = \(id)
      """)
    return try await store.finish(.publish, of: id, before: before)
  }
}

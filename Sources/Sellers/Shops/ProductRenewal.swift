internal import Platform
internal import Postgres

/// The job that follows when what the catalogue shows of a seller's products has changed: the seller's name, or whether
/// shoppers see them. It gives the products another version, because what somebody keeps of a product by its version
/// must not outlive the change. A seller may have a million of them, so the change itself does not wait for this.
struct ProductRenewal: JobKind {
  struct Payload: Codable, Sendable {
    /// The UUID of the seller.
    var seller: String
  }

  /// The last product that has its new version.
  private struct Position {
    let publishedAt: Instant
    let id: ID
  }

  static let name = "sellers.renew-products"
  static let policy = JobPolicy { policy in
    policy.concurrency = 2
    policy.timeLimit = .seconds(1_800)
  }

  /// The maximum number of products that one unit of work changes: some tenths of a second, in which others wait for
  /// their rows.
  var productsPerWork = 1_000

  /// Enqueues the job with a work, unless one waits already, which sees the change of this work.
  static func enqueue(for seller: ID, in work: Work) throws {
    work.enqueue(try job(Payload(seller: seller.description), key: .whileWaiting(seller.description)))
  }

  func run(_ payload: Payload, _ context: JobContext) async throws {
    guard let seller = ID(payload.seller) else { throw JobFailure.never("the payload names no seller") }
    var last: Position?
    repeat {
      try Task.checkCancellation()
      let position = last
      last = try await context.work { work in try await renewSome(of: seller, after: position, in: work) }
    } while last != nil
  }

  /// Gives the next products of a seller another version, in the order of their publication.
  /// - Returns: the position of the last product; nil when there was none after the given one.
  private func renewSome(of seller: ID, after last: Position?, in work: Work) async throws -> Position? {
    let rows = try await work.rows(
      """
      SELECT r.last_published_at, r.last_id
        FROM catalog.renew_products(
               \(seller), \(last?.publishedAt)::timestamptz, \(last?.id)::uuid, \(productsPerWork)) r
      """, access: .write)
    guard let row = rows.first, let publishedAt = try row.optionalInstant("last_published_at"),
      let id = try row.optionalID("last_id")
    else { return nil }
    return Position(publishedAt: publishedAt, id: id)
  }
}

internal import Platform

/// Puts a draft on sale at its time. Run again, it finds that the draft has no such time any more.
struct PublishScheduledProduct: JobKind {
  struct Payload: Codable, Sendable {
    /// The UUID of the product.
    var product: String
    /// Its time, in microseconds since 1970: a draft that has another one by now is the matter of another job.
    var microseconds: Int64
  }

  static let name = "catalog.publish-product"

  static func job(product: ID, at time: Instant) throws(JobError) -> NewJob {
    try job(
      Payload(product: product.description, microseconds: time.microseconds),
      key: .whileNotEnded("\(product)@\(time.microseconds)"), dueAt: time)
  }

  func run(_ payload: Payload, _ context: JobContext) async throws {
    guard let product = ID(payload.product), let time = Instant(microseconds: payload.microseconds) else {
      throw JobFailure.never("the payload names no product and no time")
    }
    try await context.work { work in
      try await ProductPublication.carryOut(product, scheduledFor: time, in: work)
      try await context.complete(in: work)
    }
  }
}

internal import Postgres

/// A request that a unit of work takes on: the row of its `request_id`, without a response so far. Confined to a loop.
///
/// It travels with the first statement of the work. Where the request was carried out before, it fails, and the server
/// skips what travels with it.
final class RequestClaim {
  let key: IdempotencyKey
  private var answer: PendingAnswer?
  private var isAbandoned = false

  init(_ key: IdempotencyKey) { self.key = key }

  /// Whether the last attempt has asked.
  var isSent: Bool { answer != nil }

  /// Whether the request was carried out before.
  var isTaken: Bool { answer?.failure.map(IdempotencyKey.isTaken) ?? false }

  /// Whether another server is still carrying it out.
  var isInProgress: Bool { answer?.failure == .lockNotAvailable }

  /// A transaction begins: the first one, or another attempt.
  func begin() {
    answer = nil
    isAbandoned = false
  }

  /// Sends it, before the first statement of the work.
  func send(in transaction: Transaction) {
    if answer == nil && !isAbandoned { answer = transaction.send(key.claim) }
  }

  /// The request gets no response that is stored.
  func abandon(in transaction: Transaction) {
    isAbandoned = true
    if answer != nil { transaction.send(key.release) }
  }
}

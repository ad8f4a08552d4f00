package import Postgres
package import Protobuf
package import RPC

extension Call {
  /// Runs `body` in a unit of work: committed when it returns, rolled back when it throws.
  /// - Parameter keys: what others may be changing at this moment: see ``Admission``.
  /// - Throws: the error of `body`, for a ``CommittedRefusal`` its reason; ``AdmissionError``; `PostgresError`.
  package func work<R>(
    contending keys: [ContentionKey] = [], _ body: (Work) async throws -> R
  ) async throws -> R {
    try await database.connections.work(as: .call(try origin), in: arena, contending: keys, body)
  }

  /// Carries out a request that changes something, once: a repeated request gets the first response and changes
  /// nothing.
  ///
  /// `body` does all its work in the transaction that also stores the response, so that either both are committed or
  /// neither is. After a crash, nothing is done, and the next attempt starts again, on any server. Of two concurrent
  /// attempts, one works, and the other waits for its response. A failed attempt is not stored, because it has changed
  /// nothing.
  /// - Parameters:
  ///   - request: the whole request; another one with the same id is refused.
  ///   - id: its `request_id`.
  ///   - answer: `.sealed` when the response holds a secret.
  ///   - keys: what others may be changing at this moment: see ``Admission``.
  /// - Throws: ``IdempotencyError``, and what ``work(contending:_:)`` throws.
  package func work<Request: Message, Response: Message>(
    _ request: Request, id: ID, answer: ResponseStorage = .open, contending keys: [ContentionKey] = [],
    _ body: (Work) async throws -> Response
  ) async throws -> Response {
    let origin = try origin
    let key = try IdempotencyKey(id: id, request: request, from: origin)
    return try await database.connections.work(
      once: key, as: .call(origin), in: arena, answer: answer, contending: keys, body)
  }

  /// The response to the same request, which was carried out before, for a call that is refused before its work begins.
  /// - Throws: `refusal` when it was not; ``IdempotencyError``.
  package func firstResponse<Request: Message, Response: Message>(
    to request: Request, id: ID, orThrow refusal: any Error
  ) async throws -> Response {
    try await work(request, id: id) { (_: Work) async throws -> Response in throw refusal }
  }

  /// Whether a request of the caller to this method had the id and was carried out, be it the same request or another
  /// one: for a call that takes much before it knows which request it is.
  package func isRepeated(id: ID) async throws -> Bool {
    let rows = try await database.connections.rows(IdempotencyKey.isKnown(id, from: try origin))
    return try rows.first?.bool("is_known") == true
  }

  /// Carries out a request by one statement, which does everything: it asks ``IdempotencyKey/isNew`` and inserts
  /// ``IdempotencyKey/row(response:)``, its entries and its events.
  /// - Returns: the response, or the first one of a repeated request; nil when the statement did nothing.
  package func work<Response: Message>(
    once key: IdempotencyKey, contending keys: [ContentionKey] = [], inOneStatement statement: Query
  ) async throws -> Response? {
    try await database.connections.work(once: key, in: arena, contending: keys, inOneStatement: statement)
  }
}

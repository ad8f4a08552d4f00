package import Postgres
package import Protobuf
package import RPC

extension Call {
  /// The number of times that the work is repeated after a serialization failure or a deadlock.
  private static let onceRetries = 2

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
  /// - Throws: ``IdempotencyError``, and the error of `body`; for a ``CommittedRefusal``, its reason.
  package func once<Request: Message, Response: Message>(
    _ request: Request, id: ID, answer: ResponseStorage = .open,
    _ body: (Transaction) async throws -> Response
  ) async throws -> Response {
    let key = try IdempotencyKey(id: id, request: request, from: try origin)
    let outcome: Result<Response, CommittedRefusal> = try await database.connections.transaction(
      retries: Self.onceRetries
    ) { transaction in
      if try await key.claim(transaction) {
        do {
          let response = try await body(transaction)
          try await key.store(response, as: answer, transaction)
          return .success(response)
        } catch let refusal as CommittedRefusal {
          try await key.release(transaction)
          return .failure(refusal)
        }
      }
      guard let first = try await key.storedResponse(Response.self, transaction, in: arena) else {
        throw IdempotencyError.inProgress(id)  // forgotten at this very moment
      }
      return .success(first)
    }
    switch outcome {
    case .success(let response): return response
    case .failure(let refusal): throw refusal.reason
    }
  }
}

/// Refuses a request and commits the transaction all the same, such as to count a wrong guess. No response is stored.
package struct CommittedRefusal: Error {
  /// The error for the caller.
  package let reason: any Error

  /// A refusal for a reason.
  package init(_ reason: any Error) { self.reason = reason }
}

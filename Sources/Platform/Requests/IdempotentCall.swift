package import Postgres
package import Protobuf
package import RPC

extension Call {
  /// After a serialization failure or a deadlock the work is begun anew so often.
  private static let onceRetries = 2

  /// Carries out a request that changes something, once: sent again, it gets the first answer and changes nothing.
  ///
  /// `body` does all its work in the transaction that also remembers the answer. Whatever happens, both are there or
  /// neither is: a server that dies in the middle has done nothing, and the next attempt begins anew, on any server.
  /// Two attempts at once: one works, the other waits for its answer. An attempt that fails is not remembered, for it
  /// has changed nothing.
  /// - Parameters:
  ///   - request: the whole request; under the same id another one is refused.
  ///   - id: its `request_id`.
  ///   - answer: `.sealed` when the answer holds a secret.
  /// - Throws: ``IdempotencyError``, and what `body` throws; of a ``CommittedRefusal``, its reason.
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

/// A request is refused, and what was written of it is committed all the same, such as that somebody guessed wrong. The
/// request is not remembered.
package struct CommittedRefusal: Error {
  /// What the caller is told.
  package let reason: any Error

  /// A refusal for a reason.
  package init(_ reason: any Error) { self.reason = reason }
}

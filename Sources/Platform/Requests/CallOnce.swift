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
  /// - Throws: ``RequestKeyError``, and what `body` throws.
  package func once<Request: Message, Response: Message>(
    _ request: Request, id: ID, answer: RememberedAnswer = .open,
    _ body: (Transaction) async throws -> Response
  ) async throws -> Response {
    let key = try RequestKey(id: id, request: request, from: try origin)
    return try await database.connections.transaction(retries: Self.onceRetries) { transaction in
      if try await key.claim(transaction) {
        let response = try await body(transaction)
        try await key.remember(response, as: answer, transaction)
        return response
      }
      guard let first = try await key.firstAnswer(Response.self, transaction, in: arena) else {
        throw RequestKeyError.underWay(id)  // forgotten at this very moment
      }
      return first
    }
  }
}

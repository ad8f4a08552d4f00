internal import EventLoop
package import Postgres
package import Protobuf

/// Refuses a request and commits the work all the same, such as to count a wrong guess. No response is stored.
package struct CommittedRefusal: Error {
  /// The error for the caller.
  package let reason: any Error

  /// A refusal for a reason.
  package init(_ reason: any Error) { self.reason = reason }
}

extension Database {
  /// Runs `body` in a unit of work: committed when it returns, rolled back when it throws.
  /// - Parameters:
  ///   - origin: who acts.
  ///   - keys: what others may be changing at this moment. The work waits for them in the process, before it takes a
  ///     connection: see ``Admission``.
  /// - Throws: the error of `body`, for a ``CommittedRefusal`` its reason; ``AdmissionError``; `PostgresError`.
  package func work<R>(
    as origin: WorkOrigin, in arena: Arena = Arena(), contending keys: [ContentionKey] = [],
    _ body: (Work) async throws -> R
  ) async throws -> R {
    try await loop.admission.admitting(keys) { try await attemptWork(as: origin, in: arena, claim: nil, body) }
  }

  /// Runs `body` in a unit of work that takes a request on, if there is one.
  func attemptWork<R>(
    as origin: WorkOrigin, in arena: Arena, claim: RequestClaim?, _ body: (Work) async throws -> R
  ) async throws -> R {
    let outcome: Result<R, CommittedRefusal> = try await transaction { transaction in
      claim?.begin()
      let work = Work(transaction, as: origin, in: arena, at: .now, claim: claim)
      do {
        let value = try await holdingSoleConnection { try await body(work) }
        try work.flush()
        return .success(value)
      } catch let refusal as CommittedRefusal {
        claim?.abandon(in: transaction)
        try work.flush()
        return .failure(refusal)
      }
    }
    switch outcome {
    case .success(let value): return value
    case .failure(let refusal): throw refusal.reason
    }
  }
}

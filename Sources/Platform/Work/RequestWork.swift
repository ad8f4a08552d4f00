internal import EventLoop
package import Postgres
package import Protobuf

extension Database {
  /// Carries out a request that changes something, once: see ``Call/work(_:id:answer:contending:_:)``.
  package func work<Response: Message>(
    once key: IdempotencyKey, as origin: WorkOrigin, in arena: Arena, answer: ResponseStorage = .open,
    contending keys: [ContentionKey] = [], _ body: (Work) async throws -> Response
  ) async throws -> Response {
    let claim = RequestClaim(key)
    let response = try await once(key, in: arena) { () async throws -> Response? in
      do {
        return try await loop.admission.admitting(keys) {
          try await attemptWork(as: origin, in: arena, claim: claim) { work in
            let response = try await body(work)
            work.atCommit(StoredResponses.kind, try key.stored(response, as: answer))
            return response
          }
        }
      } catch {
        if claim.isInProgress { throw IdempotencyError.inProgress(key.id) }
        // A body that refuses before its first statement has not learned whether the request was carried out.
        guard claim.isTaken || !claim.isSent else { throw error }
        if let first = try await key.storedResponse(Response.self, self, in: arena) { return first }
        throw claim.isTaken ? IdempotencyError.inProgress(key.id) : error  // in the first case forgotten by now
      }
    }
    guard let response else { throw IdempotencyError.inProgress(key.id) }
    return response
  }

  /// Carries out a request by one statement: see ``Call/work(once:contending:inOneStatement:)``.
  package func work<Response: Message>(
    once key: IdempotencyKey, in arena: Arena, contending keys: [ContentionKey] = [], inOneStatement statement: Query
  ) async throws -> Response? {
    try await once(key, in: arena) { () async throws -> Response? in
      let response = try await loop.admission.admitting(keys) { () async throws -> Response? in
        do throws(PostgresError) {
          return try await first(Response.self, statement, access: .write, in: arena)
        } catch {
          if IdempotencyKey.isTaken(error) { return nil }
          throw error
        }
      }
      guard let response else { return try await key.storedResponse(Response.self, self, in: arena) }
      loop.eventsCommitted()
      return response
    }
  }

  /// Runs `body` while nobody else on this loop carries out the same request. One that waited for another gets the
  /// response of that one, if it succeeded.
  /// - Returns: the response; nil when `body` says that nothing was done.
  private func once<Response: Message>(
    _ key: IdempotencyKey, in arena: Arena, _ body: () async throws -> Response?
  ) async throws -> Response? {
    let admission = loop.admission
    while true {
      do throws(AdmissionError) {
        if try await admission.enter(key.contention, holdersMax: 1) == .admitted { break }
      } catch {
        throw error == .waitedTooLong ? IdempotencyError.inProgress(key.id) : error
      }
      if let first = try await key.storedResponse(Response.self, self, in: arena) { return first }
    }
    var response: Response?
    defer { admission.leave(key.contention, isFinished: response != nil) }
    response = try await body()
    return response
  }
}

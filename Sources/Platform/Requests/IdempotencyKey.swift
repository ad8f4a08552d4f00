package import Postgres
package import Protobuf
package import RPC
internal import Sealing

/// Identifies a request that changes something, so that it is safe to send again: the caller, the method, the caller's
/// `request_id`, and a fingerprint of the content.
///
/// A request that is carried out by one statement asks ``isNew`` in it and inserts ``row(response:)``. When the
/// statement did nothing, or failed with ``isTaken(_:)``, ``storedResponse(_:_:)`` tells whether the request was
/// carried out before. A request that needs a transaction uses ``Call/once(_:id:answer:_:)``.
package struct IdempotencyKey: Sendable {
  private let caller: String
  private let method: String
  private let id: ID
  private let fingerprint: [UInt8]
  private let vault: Vault

  /// The key of `request`, which came from `origin`. Its `request_id` is written in the usual form from now on: however
  /// a UUID was spelled, it is the same request.
  /// - Throws: `EncodeError` when the request cannot be encoded.
  package init(id: ID, request: some Message, from origin: CallOrigin) throws {
    self.id = id
    caller = origin.caller.requestNamespace
    method = origin.method
    vault = origin.vault
    RequestIDRule(request.storage.descriptor)?.spell(id, in: request.storage)
    fingerprint = vault.fingerprint(of: try request.encoded())
  }

  /// A condition: the request has not been carried out.
  package var isNew: Query { "NOT EXISTS (SELECT FROM platform.request r WHERE \(isThis))" }

  /// The request's id, as a column.
  package var column: Query { "\(id)::uuid" }

  /// The columns caller, id, method, fingerprint and response of platform.request, to be selected where `response` is a
  /// column of type jsonb.
  package func row(response: Query) -> Query {
    "\(caller)::text, \(id)::uuid, \(method)::text, \(fingerprint)::bytea, \(response)"
  }

  /// Whether the same request was carried out at the same moment.
  package static func isTaken(_ error: PostgresError) -> Bool { error.violates("platform.request_pkey") }

  /// The answer that the request got when it was carried out; nil when it has not been.
  /// - Throws: ``IdempotencyError/reused(_:)`` when the id was used for another request.
  package func storedResponse<M: Message>(_ type: M.Type, _ call: Call) async throws -> M? {
    try await storedResponse(type, call.database.connections, in: call.arena)
  }

  private var isThis: Query { "r.caller = \(caller) AND r.method = \(method) AND r.id = \(id)" }

  private var place: SealedPlace { StoredResponses.column.place("\(caller) \(method) \(id)") }
}

/// How the response to a request is stored.
package enum ResponseStorage: Sendable {
  /// In plain text.
  case open
  /// Sealed: it holds a secret, such as a new API key.
  case sealed
}

extension IdempotencyKey {
  nonisolated(nonsending) func storedResponse<M: Message>(
    _ type: M.Type, _ runner: any QueryRunner, in arena: Arena
  ) async throws -> M? {
    let rows = try await runner.rows(
      """
      SELECT r.fingerprint = \(fingerprint) AS is_same, r.response::text AS response, r.sealed
        FROM platform.request r
       WHERE \(isThis)
      """)
    guard let row = rows.first else { return nil }
    guard try row.bool("is_same") else { throw IdempotencyError.reused(id) }
    if let sealed = try row.optionalBytes("sealed") {
      return try M(decoding: try vault.open(sealed, for: place), in: arena)
    }
    return try M(json: try row.string("response"), in: arena)
  }

  /// Takes the request on, unless it has been carried out. While another does so at this moment, it waits for that
  /// one's end; the database ends the wait after `DatabaseConfiguration.lockTimeout`.
  /// - Throws: ``IdempotencyError/inProgress(_:)`` when it took too long.
  nonisolated(nonsending) func claim(_ transaction: Transaction) async throws -> Bool {
    do throws(PostgresError) {
      return try await transaction.execute(
        """
        INSERT INTO platform.request (caller, id, method, fingerprint, response)
        VALUES (\(row(response: "NULL")))
            ON CONFLICT ON CONSTRAINT request_pkey DO NOTHING
        """) == 1
    } catch {
      if error == .lockNotAvailable { throw IdempotencyError.inProgress(id) }
      throw error
    }
  }

  /// Forgets a request that was claimed in this transaction.
  nonisolated(nonsending) func release(_ transaction: Transaction) async throws {
    try await transaction.execute("DELETE FROM platform.request r WHERE \(isThis)")
  }

  /// Remembers the answer with what it is the answer to.
  nonisolated(nonsending) func store(
    _ response: some Message, as answer: ResponseStorage, _ transaction: Transaction
  ) async throws {
    var json: String?
    var sealed: [UInt8]?
    switch answer {
    case .open: json = try response.json()
    case .sealed: sealed = try vault.seal(try response.encoded(), for: place)
    }
    try await transaction.execute(
      "UPDATE platform.request r SET response = \(json)::jsonb, sealed = \(sealed) WHERE \(isThis)")
  }
}

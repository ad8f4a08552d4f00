package import Postgres
package import Protobuf
internal import RPC
internal import Sealing

/// Identifies a request that changes something, so that it is safe to send again: the caller, the method, the caller's
/// `request_id`, and a fingerprint of the content.
///
/// A request that is carried out by one statement asks ``isNew`` in it and inserts ``row(response:)``: see
/// ``Call/work(once:contending:inOneStatement:)``. A request that needs a transaction uses
/// ``Call/work(_:id:answer:contending:_:)``.
package struct IdempotencyKey: Sendable {
  private let caller: String
  private let method: String
  let id: ID
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

  /// Whether any request with the id was carried out.
  static func isKnown(_ id: ID, from origin: CallOrigin) -> Query {
    """
    SELECT EXISTS (SELECT FROM platform.request r
                    WHERE r.caller = \(origin.caller.requestNamespace) AND r.method = \(origin.method) AND r.id = \(id))
             AS is_known
    """
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

  /// Whether the request was carried out before, or at the same moment.
  static func isTaken(_ error: PostgresError) -> Bool { error.violates("platform.request_pkey") }

  /// By what calls with the same request wait for one another.
  var contention: ContentionKey { ContentionKey("\(method) \(caller)", id) }

  fileprivate var isThis: Query { "r.caller = \(caller) AND r.method = \(method) AND r.id = \(id)" }

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
  /// The answer that the request got when it was carried out; nil when it has not been.
  /// - Throws: ``IdempotencyError/reused(_:)`` when the id was used for another request.
  nonisolated(nonsending) func storedResponse<M: Message>(
    _ type: M.Type, _ database: Database, in arena: Arena
  ) async throws -> M? {
    let rows = try await database.rows(
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

  /// Takes the request on: fails with ``isTaken(_:)`` when it has been carried out. While another does so at this
  /// moment, it waits for that one's end; the database ends the wait after `DatabaseConfiguration.lockTimeout`.
  var claim: Query {
    "INSERT INTO platform.request (caller, id, method, fingerprint, response) VALUES (\(row(response: "NULL")))"
  }

  /// Forgets a request that was claimed in the same transaction.
  var release: Query { "DELETE FROM platform.request r WHERE \(isThis)" }

  /// The answer as it is stored with what it is the answer to.
  func stored(_ response: some Message, as answer: ResponseStorage) throws -> StoredResponse {
    switch answer {
    case .open: StoredResponse(key: self, json: try response.json(), sealed: nil)
    case .sealed: StoredResponse(key: self, json: nil, sealed: try vault.seal(try response.encoded(), for: place))
    }
  }
}

/// The response to a request that was claimed.
struct StoredResponse {
  fileprivate let key: IdempotencyKey
  fileprivate let json: String?
  fileprivate let sealed: [UInt8]?
}

extension StoredResponses {
  /// Stores the response of a unit of work, which has one.
  static let kind = BufferedKind<StoredResponse>(.response) { responses in
    let (json, sealed) = (responses[0].json, responses[0].sealed)
    return """
      UPDATE platform.request r SET response = \(json)::jsonb, sealed = \(sealed) WHERE \(responses[0].key.isThis)
      """
  }
}

package import Postgres
package import Protobuf
package import RPC

/// What makes a request that changes something safe to send again: the id that its caller made up, and its content.
///
/// The statement that carries the request out asks ``isNew`` and inserts ``row(response:)``. When it did nothing, or
/// failed with ``isTaken(_:)``, ``firstAnswer(_:_:)`` tells whether the request has been carried out before.
package struct RequestKey {
  private let id: ID
  private let method: String
  private let content: RequestContent

  /// The key of `request`, which `method` (its full name) handles.
  /// - Throws: `EncodeError` when the request cannot be encoded.
  package init(id: ID, method: String, request: some Message) throws {
    self.id = id
    self.method = method
    content = RequestContent(bytes: try request.encoded())
  }

  /// A condition: the request has not been carried out.
  package var isNew: Query { "NOT EXISTS (SELECT FROM platform.request WHERE caller = '' AND id = \(id))" }

  /// The request's id, as a column.
  package var column: Query { "\(id)::uuid" }

  /// The columns of platform.request, to be selected where `response` is a column of type jsonb.
  package func row(response: Query) -> Query {
    "'', \(id)::uuid, \(method)::text, sha256(\(content)::bytea), \(response)"
  }

  /// Whether the same request was carried out at the same moment.
  package static func isTaken(_ error: PostgresError) -> Bool { error == .uniqueViolation(constraint: "request_pkey") }

  /// The answer that the request got when it was carried out; nil when it has not been.
  /// - Throws: FAILED_PRECONDITION when the id was used for another request.
  package func firstAnswer<M: Message>(_ type: M.Type, _ call: Call) async throws -> M? {
    let rows = try await call.database.rows(
      """
      SELECT r.method = \(method) AND r.fingerprint = sha256(\(content)) AS is_same, r.response::text AS response
        FROM platform.request r
       WHERE r.caller = '' AND r.id = \(id)
      """)
    guard let row = rows.first else { return nil }
    guard try row.bool("is_same") else {
      throw RPCError(
        .failedPrecondition, "the request_id \(id) was used for another request",
        details: [
          .preconditionFailure([
            .init(type: "REQUEST_ID", subject: id.description, description: "Make up a new id for a new request.")
          ])
        ])
    }
    return try M(json: try row.string("response"), in: call.arena)
  }
}

/// An encoded request in a query.
private struct RequestContent: QueryValue {
  let bytes: [UInt8]

  var queryBind: QueryBind { .bytes(bytes) }
}

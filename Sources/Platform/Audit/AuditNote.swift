package import Postgres
package import Protobuf

/// Something privileged that is done: who does what to what. Written by the transaction that does it.
package struct AuditNote: Sendable {
  private let actorKind: String
  private let actorID: String?
  private let sessionID: String?
  private let method: String
  private let action: String
  private let resourceType: String
  private let resourceID: String
  private let requestID: String?
  private let peer: String?

  /// A note about a call.
  /// - Parameters:
  ///   - action: what is done, from the general to the particular: `inventory.stock.adjust`.
  ///   - type: the full name of the resource's message.
  ///   - id: which resource: its id or, where it has none, its name.
  package init(
    _ action: String, on type: String, _ id: some CustomStringConvertible, from origin: CallOrigin,
    requestID: ID? = nil
  ) {
    actorKind = origin.caller.kind.name
    actorID = origin.caller.id?.description
    sessionID = origin.caller.sessionID?.description
    method = origin.method
    self.action = action
    resourceType = type
    resourceID = id.description
    self.requestID = requestID?.description
    peer = origin.peer
  }

  /// A note about what somebody does on the command line of a server.
  package init(_ action: String, on type: String, _ id: String, byCommand command: String) {
    actorKind = "operator"
    (actorID, sessionID, requestID, peer) = (nil, nil, nil, nil)
    method = command
    self.action = action
    resourceType = type
    resourceID = id
  }

  /// The columns of audit.entry that ``row(before:after:)`` has.
  package static var columns: Query {
    "actor_kind, actor_id, session_id, method, action, resource_type, resource_id, request_id, peer, before, after"
  }

  /// The entry's columns, to be selected where `before` and `after` are columns of type jsonb or text: the resource's
  /// state as it was and as it became, without its secrets.
  package func row(before: Query, after: Query) -> Query {
    """
    \(actorKind)::text, \(actorID)::text, \(sessionID)::text, \(method)::text, \(action)::text,
           \(resourceType)::text, \(resourceID)::text, \(requestID)::text, \(peer)::text,
           (\(before))::json, (\(after))::json
    """
  }
}

extension Transaction {
  /// Writes an entry of the audit log; it stays if the transaction does.
  ///
  /// Call it last: until the transaction ends, one in 64 others that also write entries wait for it.
  /// - Parameters:
  ///   - before: the resource as it was; nil for what is new. No secrets: they would stand here for years.
  ///   - after: the resource as it became; nil for what is gone.
  package nonisolated(nonsending) func audit(
    _ note: AuditNote, before: (any Message)? = nil, after: (any Message)? = nil
  ) async throws {
    let (before, after) = (try before?.json(), try after?.json())
    try await execute(
      """
      INSERT INTO audit.entry (\(AuditNote.columns))
      SELECT \(note.row(before: "\(before)::text", after: "\(after)::text"))
      """)
  }
}

package import Postgres
package import Protobuf

/// A privileged action: who does what to which resource. The transaction that performs the action writes its entry.
package struct AuditedAction: Sendable {
  private let actorKind: String
  private let actorID: String?
  private let sessionID: String?
  private let method: String
  private let action: String
  private let resourceType: String
  private let resourceID: String
  private let requestID: String?
  private let peer: String?
  private let id: ID
  private let keys: AuditKeys?

  /// A note about a call.
  /// - Parameters:
  ///   - action: what is done, from the general to the particular: `inventory.stock.adjust`.
  ///   - type: the full name of the resource's message.
  ///   - id: which resource: its id or, where it has none, its name.
  ///   - now: when it is done, for the entry's id.
  package init(
    _ action: String, on type: String, _ id: some CustomStringConvertible, from origin: CallOrigin,
    requestID: ID? = nil, now: Instant = .now
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
    self.id = .made(at: now)
    keys = origin.vault.auditKeys
  }

  /// An action on the command line of a server.
  /// - Parameter vault: the vault with the key that signs the entry; nil for a database without keys.
  package init(
    _ action: String, on type: String, _ id: String, byCommand command: String, vault: Vault?, now: Instant = .now
  ) {
    actorKind = "operator"
    (actorID, sessionID, requestID, peer) = (nil, nil, nil, nil)
    method = command
    self.action = action
    resourceType = type
    resourceID = id
    self.id = .made(at: now)
    keys = vault?.auditKeys
  }

  /// The columns of audit.entry that ``row(before:after:)`` has.
  package static var columns: Query {
    """
    id, actor_kind, actor_id, session_id, method, action, resource_type, resource_id, request_id, peer, before, after,
           mac
    """
  }

  /// The entry's columns, to be selected where `before` and `after` are columns of type jsonb or text: the resource's
  /// state as it was and as it became, without its secrets.
  package func row(before: Query, after: Query) -> Query {
    row(before: before, after: after, mac: keys.map { EntryMAC.draft(known, .statesByDatabase, $0) })
  }

  /// The entry's columns, with states that are known before the statement runs.
  func row(before: String?, after: String?) -> Query {
    let mac = keys.map { EntryMAC.draft(known + [before, after], .statesByServer, $0) }
    return row(before: "\(before)::text", after: "\(after)::text", mac: mac)
  }

  private func row(before: Query, after: Query, mac: [UInt8]?) -> Query {
    """
    \(id)::uuid, \(actorKind)::text, \(actorID)::text, \(sessionID)::text, \(method)::text, \(action)::text,
           \(resourceType)::text, \(resourceID)::text, \(requestID)::text, \(peer)::text,
           (\(before))::json, (\(after))::json, \(mac)::bytea
    """
  }

  /// In the order of the columns.
  private var known: [String?] {
    [
      id.description, actorKind, actorID, sessionID, method, action, resourceType, resourceID, requestID, peer,
    ]
  }
}

extension Transaction {
  /// Writes an entry of the audit log in the transaction.
  ///
  /// Call it last: until the transaction ends, one in 64 of the transactions that also write entries waits for it.
  /// - Parameters:
  ///   - before: the resource before the change; nil for a new one. Without secrets, because entries are kept for
  ///     years.
  ///   - after: the resource after the change; nil for a deleted one.
  package nonisolated(nonsending) func audit(
    _ note: AuditedAction, before: (any Message)? = nil, after: (any Message)? = nil
  ) async throws {
    let (before, after) = (try before?.json(), try after?.json())
    let written = try await execute(
      """
      INSERT INTO audit.entry (\(AuditedAction.columns))
      SELECT \(note.row(before: before, after: after))
      """)
    // A trigger in the database may suppress a row: no head records an entry that was never written.
    if written != 1 { throw PostgresError.mapping("an entry of the audit log was not written") }
  }
}

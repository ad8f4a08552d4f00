package import Postgres
package import Protobuf

/// A privileged action: who does what to which resource. The transaction that performs the action writes its entry.
package struct AuditedAction: Sendable {
  fileprivate let origin: WorkOrigin
  fileprivate let action: String
  fileprivate let resourceType: String
  fileprivate let resourceID: String
  fileprivate let requestID: String?
  fileprivate let id: ID

  /// A note about an action.
  /// - Parameters:
  ///   - action: what is done, from the general to the particular: `inventory.stock.adjust`.
  ///   - type: the full name of the resource's message.
  ///   - id: which resource: its id or, where it has none, its name.
  ///   - origin: who does it. The vault in it signs the entry; an entry without it has no MAC.
  ///   - now: when it is done, for the entry's id.
  package init(
    _ action: String, on type: String, _ id: some CustomStringConvertible, by origin: WorkOrigin,
    requestID: ID? = nil, now: Instant = .now
  ) {
    self.origin = origin
    self.action = action
    resourceType = type
    resourceID = id.description
    self.requestID = requestID?.description
    self.id = .made(at: now)
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
    let mac = keys.map { EntryMAC.draft(known, .statesByDatabase, $0) }
    return """
      \(id)::uuid, \(origin.actorKind)::text, \(origin.actorID)::text, \(origin.sessionID)::text,
             \(origin.method)::text, \(action)::text, \(resourceType)::text, \(resourceID)::text,
             \(requestID)::text, \(origin.peer)::text, (\(before))::json, (\(after))::json, \(mac)::bytea
      """
  }

  /// The MAC of an entry whose states are known before the statement runs.
  fileprivate func mac(before: String?, after: String?) -> [UInt8]? {
    keys.map { EntryMAC.draft(known + [before, after], .statesByServer, $0) }
  }

  private var keys: AuditKeys? { origin.vault?.auditKeys }

  /// In the order of the columns.
  private var known: [String?] {
    [
      id.description, origin.actorKind, origin.actorID, origin.sessionID, origin.method, action, resourceType,
      resourceID, requestID, origin.peer,
    ]
  }
}

/// An entry of the audit log that a unit of work writes at its end.
private struct AuditEntry {
  /// One statement for all entries of a work. A trigger in the database may suppress a row: no head records an entry
  /// that was never written.
  static let kind = BufferedKind<AuditEntry>(.audit) { entries in
    let notes = entries.map(\.note)
    return """
      WITH written AS (
        INSERT INTO audit.entry (\(AuditedAction.columns))
        SELECT e.id, e.actor_kind, e.actor_id, e.session_id, e.method, e.action, e.resource_type, e.resource_id,
               e.request_id, e.peer, e.before::json, e.after::json, e.mac
          FROM unnest(\(notes.map(\.id))::uuid[], \(notes.map(\.origin.actorKind))::text[],
                      \(notes.map(\.origin.actorID))::text[], \(notes.map(\.origin.sessionID))::text[],
                      \(notes.map(\.origin.method))::text[], \(notes.map(\.action))::text[],
                      \(notes.map(\.resourceType))::text[], \(notes.map(\.resourceID))::text[],
                      \(notes.map(\.requestID))::text[], \(notes.map(\.origin.peer))::text[],
                      \(entries.map(\.before))::text[], \(entries.map(\.after))::text[],
                      \(entries.map(\.mac))::bytea[])
               WITH ORDINALITY e (id, actor_kind, actor_id, session_id, method, action, resource_type, resource_id,
                                  request_id, peer, before, after, mac, place)
         ORDER BY e.place
        RETURNING id
      )
      SELECT platform.require(count(*) = \(entries.count), 'an entry of the audit log was not written') FROM written
      """
  }

  let note: AuditedAction
  let before: String?
  let after: String?
  let mac: [UInt8]?
}

extension Work {
  /// Writes an entry of the audit log, at the end of the work.
  /// - Parameters:
  ///   - action: what is done, from the general to the particular: `inventory.stock.adjust`.
  ///   - type: the full name of the resource's message.
  ///   - id: which resource: its id or, where it has none, its name.
  ///   - before: the resource before the change; nil for a new one. Without secrets, because entries are kept for
  ///     years.
  ///   - after: the resource after the change; nil for a deleted one.
  package func audit(
    _ action: String, on type: String, _ id: some CustomStringConvertible, before: (any Message)? = nil,
    after: (any Message)? = nil
  ) throws {
    try audit(
      AuditedAction(action, on: type, id, by: origin, requestID: requestID, now: now), before: before, after: after)
  }

  /// Writes an entry of the audit log, at the end of the work.
  package func audit(_ note: AuditedAction, before: (any Message)? = nil, after: (any Message)? = nil) throws {
    audit(note, beforeJSON: try before?.json(), afterJSON: try after?.json())
  }

  /// Writes an entry of the audit log, at the end of the work, with states that are JSON. Of a state above 64 KiB, it
  /// has the size and the SHA-256.
  package func audit(_ note: AuditedAction, beforeJSON before: String?, afterJSON after: String?) {
    let (before, after) = (before.map(AuditedState.bounded), after.map(AuditedState.bounded))
    atCommit(
      AuditEntry.kind,
      AuditEntry(note: note, before: before, after: after, mac: note.mac(before: before, after: after)))
  }
}

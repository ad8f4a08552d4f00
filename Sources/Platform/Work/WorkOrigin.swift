/// Who acts in a unit of work, as the audit log records it, and with which keys.
package struct WorkOrigin: Sendable {
  /// How the actor proved who they are: `user`, `service`, …; `operator` and `system` are never callers.
  let actorKind: String
  /// The caller; nil for an operator and for the server itself.
  package let caller: Caller?
  let actorID: String?
  let sessionID: String?
  /// Full name of the RPC, the command, or the name of the task.
  let method: String
  let peer: String?
  /// The vault for secrets, and with the key that signs entries of the audit log; nil for a database without keys.
  let vault: Vault?

  private init(kind: String, method: String, vault: Vault?) {
    actorKind = kind
    caller = nil
    (actorID, sessionID, peer) = (nil, nil, nil)
    self.method = method
    self.vault = vault
  }

  private init(_ call: CallOrigin) {
    actorKind = call.caller.kind.name
    caller = call.caller
    actorID = call.caller.id?.description
    sessionID = call.caller.sessionID?.description
    method = call.method
    peer = call.peer
    vault = call.vault
  }

  /// A caller.
  package static func call(_ origin: CallOrigin) -> WorkOrigin { WorkOrigin(origin) }

  /// An operator who runs a command of a server: `fastshop create-admin`.
  package static func command(_ name: String, vault: Vault?) -> WorkOrigin {
    WorkOrigin(kind: "operator", method: name, vault: vault)
  }

  /// The server itself: a job, a consumer, a task.
  package static func system(_ name: String, vault: Vault?) -> WorkOrigin {
    WorkOrigin(kind: "system", method: name, vault: vault)
  }
}

internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// Tells the audit log what a call changes, inside the transaction that changes it.
///
/// Entries are kept for seven years and cannot be erased. So users stand there by their ids, without address and name;
/// an invitation has its address, for without it nobody knows who was invited.
struct UnitOfWork {
  let transaction: Transaction
  private let origin: CallOrigin
  private let requestID: ID?
  private let arena: Arena

  /// Of what `call` does.
  init(_ transaction: Transaction, _ call: Call, requestID: ID? = nil) throws {
    self.transaction = transaction
    self.requestID = requestID
    origin = try call.origin
    arena = call.arena
  }

  /// What the audit log keeps of a user.
  static var userColumns: Query {
    """
    u.id, u.role, coalesce(u.seller_id::text, '') AS seller_id, u.email_verified_at IS NOT NULL AS email_verified,
           u.disabled_at IS NOT NULL AS is_disabled, u.disabled_reason,
           EXISTS (SELECT FROM identity.totp t WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL)
             AS second_factor, 'v' || u.version AS etag
    """
  }

  /// Carries out a change of a user, who is locked before.
  func user<Value>(_ id: ID, _ action: String, _ change: () async throws -> Value) async throws -> Value {
    let before = try await user(id)
    let value = try await change()
    try await note(action, User.descriptor, id, before: before, after: try await user(id))
    return value
  }

  /// A user who was not there before.
  func newUser(_ id: ID, _ action: String) async throws {
    try await note(action, User.descriptor, id, before: nil, after: try await user(id))
  }

  /// Sessions of a user were ended by somebody else; the user stays as they were.
  func sessions(of id: ID, ended outcome: EndUserSessionsResponse) async throws {
    try await note("identity.user.end_sessions", User.descriptor, id, before: nil, after: outcome)
  }

  /// A role was made, changed or forgotten.
  func role(_ name: String, _ action: String, before: UserRole?, after: UserRole?) async throws {
    try await note(action, UserRole.descriptor, name, before: before, after: after)
  }

  /// An invitation was made or taken back. One that replaces another has it before.
  func invitation(_ id: ID, _ action: String, before: Invitation?, after: Invitation?) async throws {
    try await note(action, Invitation.descriptor, id, before: before, after: after)
  }

  /// An account elsewhere was linked or unlinked.
  func externalAccount(
    _ id: ID, _ action: String, before: ExternalAccount?, after: ExternalAccount?
  ) async throws {
    try await note(action, ExternalAccount.descriptor, id, before: before, after: after)
  }

  /// Asks again whether the caller may do what they could when the call began: since then they may have been disabled,
  /// signed out or given another role, while the call waited for a lock or the news had not reached this server. To be
  /// asked once everything is locked that the change needs, and before the caller's own role changes.
  /// - Throws: UNAUTHENTICATED: what the caller showed says what is no longer so.
  func verifyCaller(at now: Instant) async throws {
    let caller = origin.caller
    guard let id = caller.id, let session = caller.sessionID, let account = try await Account.find(id, transaction),
      !account.isDisabled, account.sellerID == caller.sellerID
    else { throw AccessRefusal.badCredentials(.ended) }
    let held = try await RoleDirectory(transaction: transaction).permissions(of: account.role) ?? []
    let alive = try await transaction.rows(
      """
      SELECT FROM identity.session s
       WHERE s.id = \(session) AND s.user_id = \(id) AND s.ended_at IS NULL AND s.expires_at > \(now)
      """)
    guard caller.permissions.isSubset(of: held), !alive.isEmpty else { throw AccessRefusal.badCredentials(.ended) }
  }

  private func user(_ id: ID) async throws -> User? {
    try await transaction.first(
      User.self, "SELECT \(Self.userColumns) FROM identity.user u WHERE u.id = \(id) FOR UPDATE OF u", in: arena)
  }

  /// Something was made, changed or ended: what it was before, and what it is.
  func note(
    _ action: String, _ type: MessageDescriptor, _ id: some CustomStringConvertible, before: (any Message)?,
    after: (any Message)?
  ) async throws {
    let note = AuditedAction(action, on: type.fullName, id, from: origin, requestID: requestID)
    try await transaction.audit(note, before: before, after: after)
  }
}

internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.SessionService`.
struct SessionHandlers: SessionService {
  let context: IdentityContext

  func listSessions(_ request: ListSessionsRequest, _ call: Call) async throws -> ListSessionsResponse {
    let (user, session) = try call.userSession
    let response = ListSessionsResponse(in: call.arena)
    response.sessions = try await call.database.all(
      Session.self,
      """
      SELECT s.id, s.device, s.ip_address, s.created_at AS create_time, s.last_active_at AS last_active_time,
             s.expires_at AS expire_time, s.second_factor, s.id = \(session) AS is_current
        FROM identity.session s
       WHERE s.user_id = \(user) AND s.ended_at IS NULL AND s.expires_at > \(Instant.now)
       ORDER BY s.last_active_at DESC, s.id DESC
      """)
    return response
  }

  func revokeSession(_ request: RevokeSessionRequest, _ call: Call) async throws -> RevokeSessionResponse {
    let (user, _) = try call.userSession
    var check = RequestCheck()
    let session = check.id(request.sessionID, "session_id")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.once(request, id: requestID, call) { work in
      let count = try await end(.one(session), of: user, work)
      guard count == 1 else { throw IdentityError.noSuchSession(session.description) }
      return RevokeSessionResponse(in: call.arena)
    }
  }

  func revokeOtherSessions(_ request: RevokeOtherSessionsRequest, _ call: Call) async throws
    -> RevokeOtherSessionsResponse
  {
    let (user, session) = try call.userSession
    var check = RequestCheck()
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.once(request, id: requestID, call) { work in
      let response = RevokeOtherSessionsResponse(in: call.arena)
      response.endedCount = Int32(clamping: try await end(.allBut(session), of: user, work))
      return response
    }
  }

  private func end(_ choice: SessionSelection, of user: ID, _ work: UnitOfWork) async throws -> Int {
    let store = SessionStore(transaction: work.transaction, settings: context.settings, now: .now)
    return try await store.end(choice, of: user, because: .endedByUser)
  }
}

internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing

/// `fastshop.identity.v1.DeviceService`.
struct DeviceHandlers: DeviceService {
  private static let page = "device"

  let context: IdentityContext

  func beginDeviceSignIn(_ request: BeginDeviceSignInRequest, _ call: Call) async throws -> BeginDeviceSignInResponse {
    var check = RequestCheck()
    let name = check.device(request.device, isRequired: true)
    try check.verify()
    let (now, device, code) = (Instant.now, SingleUseToken(), UserCode())
    try await call.work { work in
      let note = DeviceInfo(name: name, address: call.clientAddress?.description)
      try await DeviceGrants(work: work, now: now).begin(device, code, note)
    }
    let response = BeginDeviceSignInResponse(in: call.arena)
    response.deviceCode = call.arena.text(device.text)
    response.userCode = call.arena.text(code.text)
    response.verificationUri = call.arena.text("\(context.settings.siteURL)/\(Self.page)")
    response.verificationUriComplete = call.arena.text("\(context.settings.siteURL)/\(Self.page)?code=\(code.text)")
    response.expireTime = (now + DeviceGrants.lifetime).timestamp(in: call.arena)
    response.pollInterval = DevicePoll.interval.message(in: call.arena)
    return response
  }

  func pollDeviceSignIn(_ request: PollDeviceSignInRequest, _ call: Call) async throws -> PollDeviceSignInResponse {
    var check = RequestCheck()
    let device = check.token(request.deviceCode.string, "device_code")
    try check.verify()
    let (outcome, begun) = try await context.work(call) { work in
      let grants = DeviceGrants(work: work, now: .now)
      // The order of locks is the same everywhere: the failures, the user, the grant.
      if let user = try await grants.approver(of: device) {
        try await context.resetFailures(of: user, work)
        _ = try await Account.lock(user, work)
      }
      let answer = try await grants.poll(device)
      guard case .signIn = answer.outcome, let stamp = answer.stamp else {
        return (answer.outcome, NewSession?.none)
      }
      let note = DeviceInfo(name: answer.name, address: call.clientAddress?.description)
      return (answer.outcome, try await context.begin(stamp, note, answer.methods, orThrow: .invalidToken, work))
    }
    switch outcome {
    case .pending: throw IdentityError.authorizationPending
    case .slowDown: throw IdentityError.slowDown
    case .denied: throw IdentityError.deviceDenied
    case .unknown: throw IdentityError.invalidToken
    case .signIn:
      guard let begun else { throw IdentityError.invalidToken }
      let response = PollDeviceSignInResponse(in: call.arena)
      response.tokens = try context.tokens(begun, call)
      return response
    }
  }

  func getDeviceSignIn(_ request: GetDeviceSignInRequest, _ call: Call) async throws -> GetDeviceSignInResponse {
    _ = try call.userSession
    let code = try Self.code(request.userCode)
    let response = try await call.database.first(
      GetDeviceSignInResponse.self,
      """
      SELECT g.client_name AS device, g.ip_address, g.created_at AS create_time
        FROM identity.device_grant g
       WHERE g.user_code = \(code.key) AND g.decided_at IS NULL AND g.expires_at > \(Instant.now)
      """)
    guard let response else { throw IdentityError.noSuchDevice(code.text) }
    return response
  }

  func decideDeviceSignIn(
    _ request: DecideDeviceSignInRequest, _ call: Call
  ) async throws -> DecideDeviceSignInResponse {
    let (user, session) = try call.userSession
    var check = RequestCheck()
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    let code = try Self.code(request.userCode)
    return try await context.work(request, id: requestID, call) { work in
      let isDecided = try await DeviceGrants(work: work, now: .now).decide(
        code, user: user, session: session, isApproved: request.approve)
      guard isDecided else { throw IdentityError.noSuchDevice(code.text) }
      return DecideDeviceSignInResponse(in: call.arena)
    }
  }

  private static func code(_ text: Text) throws -> UserCode {
    var check = RequestCheck()
    let code = UserCode(typed: text.string)
    check.require(code != nil, "user_code", "Must be the eight letters that the device shows.")
    try check.verify()
    return code ?? UserCode()  // verified above
  }
}

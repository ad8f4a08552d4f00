import IdentityAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension ShopTests {
  /// What a session or a password began ends with it: every thing that can be begun, against everything that ends it.
  /// What is begun at a provider is tested with one, from outside.
  @Suite struct RevocationCascadeTests {
    /// Whether the thing can still be redeemed; nil where there is no such case.
    private static let table: [(thing: BegunThing, ends: [Ending: Bool?])] = [
      (.approvedDevice, ends(true, true, true, true, true, false, true)),
      // It belongs to no user yet: the user who approves it has a valid session.
      (.undecidedDevice, ends(false, false, false, false, false, false, false)),
      // The password was right, whatever becomes of one session.
      (.signInChallenge, ends(true, true, false, true, true, false, true)),
      (.mailedReset, ends(true, true, false, true, true, false, true)),
      // A user with an unconfirmed address has no session and no second factor.
      (.mailedVerification, ends(true, nil, nil, nil, true, false, nil)),
      (.enrolment, ends(true, true, true, true, true, false, nil)),
      // Its session does not end by taking the second factor away.
      (.refreshToken, ends(true, true, true, true, true, false, false)),
    ]

    private static func ends(
      _ reset: Bool, _ change: Bool?, _ that: Bool?, _ others: Bool?, _ disable: Bool, _ role: Bool, _ factor: Bool?
    ) -> [Ending: Bool?] {
      [
        .resetPassword: reset, .changePassword: change, .endThatSession: that, .revokeOtherSessions: others,
        .disableAndEnable: disable, .changeRole: role, .deleteSecondFactor: factor,
      ]
    }

    @Test("what was begun ends with what it hangs on, and with nothing else")
    func whatEndsWithWhat() async throws {
      try await TestShop.make(products: 20).serve { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        for (thing, row) in Self.table {
          for ending in Ending.allCases {
            guard let ends = row[ending] ?? nil else { continue }
            try await environment.reset()
            let owner = try await SessionOwner(
              environment, hasFactor: thing == .signInChallenge || ending == .deleteSecondFactor,
              isVerified: thing != .mailedVerification)
            // Of the caller's own session, which goes on: what it began ends all the same when everything does.
            let livesOn = ending.goesOn && thing == .enrolment
            let redeem = try await thing.begin(by: owner, inOwnSession: livesOn)
            try await ending.happen(to: owner)
            let error = await failure { try await redeem() }
            #expect((error != nil) == ends, "\(thing), \(ending): \(error.map { "\($0)" } ?? "it is good")")
            #expect(error?.code != .invalidArgument && error?.code != .internal, "\(thing), \(ending)")
          }
        }
      }
    }
  }
}

/// What somebody can begin and redeem later.
private enum BegunThing {
  case approvedDevice, undecidedDevice, signInChallenge, mailedReset, mailedVerification, enrolment, refreshToken

  /// Begins it, in a session of the owner if it is begun in one, and answers with how it is redeemed.
  func begin(by owner: SessionOwner, inOwnSession: Bool) async throws -> () async throws -> Void {
    switch self {
    case .approvedDevice:
      let begun = try await Self.device(of: owner)
      try await Self.approve(begun, as: try owner.stolen, owner)
      return { try await Self.poll(begun, owner) }
    case .undecidedDevice:
      let begun = try await Self.device(of: owner)
      return {
        try await Self.approve(begun, as: try await owner.tokens(of: "fresh"), owner)
        try await Self.poll(begun, owner)
      }
    case .signInChallenge: return try await Self.challenge(of: owner)
    case .mailedReset:
      try await Ending.askForReset(owner)
      let token = try owner.mailedToken()
      return { try await Ending.reset(owner, token, "words of somebody else") }
    case .mailedVerification:
      let token = try owner.mailedToken()
      return {
        let _: VerifyEmailResponse = try await owner.call(
          "AuthService/VerifyEmail", VerifyEmailRequest.self,
          "{\"token\": \"\(token)\", \"password\": \"words of somebody else\"}")
      }
    case .enrolment:
      let session = inOwnSession ? try owner.own : try owner.stolen
      let code = try await owner.beginEnrolment(as: session)
      return {
        let living = try await owner.refresh(session)
        let _: ConfirmEnrolmentResponse = try await owner.call(
          "SecondFactorService/ConfirmEnrolment", ConfirmEnrolmentRequest.self, as: living,
          "{\"code\": \"\(code())\", \"request_id\": \"\(owner.things.requestID)\"}")
      }
    case .refreshToken:
      let session = try owner.stolen
      return { _ = try await owner.refresh(session) }
    }
  }

  private static func challenge(of owner: SessionOwner) async throws -> () async throws -> Void {
    guard case .challenge(let challenge)? = try await owner.signIn("a thief's").outcome else {
      throw RPCError(.internal, "no challenge")
    }
    let token = challenge.token.string
    return {
      if !owner.hasCodes {
        // A code of a later second factor opens it as little.
        owner.goOn(in: try await owner.tokens(of: "fresh"))
        try await owner.enrol()
      }
      _ = try await owner.confirm(token)
    }
  }

  private static func device(of owner: SessionOwner) async throws -> (code: String, userCode: String) {
    let begun: BeginDeviceSignInResponse = try await owner.call(
      "DeviceService/BeginDeviceSignIn", BeginDeviceSignInRequest.self, "{\"device\": \"a kiosk\"}")
    return (begun.deviceCode.string, begun.userCode.string)
  }

  private static func approve(
    _ device: (code: String, userCode: String), as session: SessionOwner.Session, _ owner: SessionOwner
  ) async throws {
    let _: DecideDeviceSignInResponse = try await owner.call(
      "DeviceService/DecideDeviceSignIn", DecideDeviceSignInRequest.self, as: session,
      """
      {"user_code": "\(device.userCode)", "approve": true, "request_id": "\(owner.things.requestID)"}
      """)
  }

  private static func poll(_ device: (code: String, userCode: String), _ owner: SessionOwner) async throws {
    let _: PollDeviceSignInResponse = try await owner.call(
      "DeviceService/PollDeviceSignIn", PollDeviceSignInRequest.self, "{\"device_code\": \"\(device.code)\"}")
  }
}

/// What ends things that were begun. "That session" is the one in which a thing was begun, if it was begun in one.
private enum Ending: CaseIterable {
  case resetPassword, changePassword, endThatSession, revokeOtherSessions, disableAndEnable, changeRole,
    deleteSecondFactor

  /// Whether the session that does it goes on.
  var goesOn: Bool { self == .changePassword || self == .revokeOtherSessions || self == .deleteSecondFactor }

  func happen(to owner: SessionOwner) async throws {
    let id = "\"request_id\": \"\(owner.things.requestID)\""
    switch self {
    case .resetPassword:
      try await Self.askForReset(owner)
      try await Self.reset(owner, try owner.mailedToken(), SessionOwner.newPassword)
      owner.choose(password: SessionOwner.newPassword)
    case .changePassword:
      let passwords =
        "{\"current_password\": \"\(AccessResources.password)\", \"new_password\": \"\(SessionOwner.newPassword)\"}"
      let _: ChangePasswordResponse = try await owner.call(
        "AuthService/ChangePassword", ChangePasswordRequest.self, as: try owner.own, passwords)
      owner.choose(password: SessionOwner.newPassword)
    case .endThatSession:
      let _: RevokeSessionResponse = try await owner.call(
        "SessionService/RevokeSession", RevokeSessionRequest.self, as: try owner.own,
        "{\"session_id\": \"\(try owner.stolen.id)\", \(id)}")
    case .revokeOtherSessions:
      let _: RevokeOtherSessionsResponse = try await owner.call(
        "SessionService/RevokeOtherSessions", RevokeOtherSessionsRequest.self, as: try owner.own, "{\(id)}")
    case .disableAndEnable:
      let _: DisableUserResponse = try await owner.administer(
        "DisableUser", DisableUserRequest.self, "\"reason\": \"a thief\", ")
      let _: EnableUserResponse = try await owner.administer("EnableUser", EnableUserRequest.self, "")
    case .changeRole:
      let _: SetUserRoleResponse = try await owner.administer(
        "SetUserRole", SetUserRoleRequest.self, "\"role\": \"support\", ")
    case .deleteSecondFactor:
      let _: DeleteSecondFactorResponse = try await owner.call(
        "SecondFactorService/DeleteSecondFactor", DeleteSecondFactorRequest.self, as: try owner.own,
        "{\"password\": \"\(AccessResources.password)\", \"code\": \"\(try owner.recoveryCode())\", \(id)}")
      owner.forgetCodes()
    }
  }

  static func askForReset(_ owner: SessionOwner) async throws {
    let _: RequestPasswordResetResponse = try await owner.call(
      "AuthService/RequestPasswordReset", RequestPasswordResetRequest.self, "{\"email\": \"\(owner.account.email)\"}")
  }

  static func reset(_ owner: SessionOwner, _ token: String, _ password: String) async throws {
    let _: ResetPasswordResponse = try await owner.call(
      "AuthService/ResetPassword", ResetPasswordRequest.self,
      "{\"token\": \"\(token)\", \"new_password\": \"\(password)\"}")
  }
}

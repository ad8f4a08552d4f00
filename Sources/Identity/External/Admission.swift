internal import IdentityAPI
internal import RPC

/// What somebody gets who has proved by one factor who they are.
enum Admission {
  case tokens(TokenPair)
  case challenge(SecondFactorChallenge)
}

extension Reception {
  /// Begins a session, or asks for the second factor first, of somebody who showed `first`.
  func admit(
    _ account: Account, by first: SignInProof.FirstFactor, _ device: DeviceNote, _ call: Call
  ) async throws -> Admission {
    if account.hasSecondFactor { return .challenge(try await Challenges(desk: self).begin(account, first, call)) }
    let begun = try await change(call) { transaction in
      try await begin(
        account.stamp(), device, SignInProof(first, second: false), orThrow: .credentialsChanged, transaction)
    }
    return .tokens(try tokens(begun, call))
  }
}

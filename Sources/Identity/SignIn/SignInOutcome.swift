internal import IdentityAPI
internal import RPC

/// The result of a verified first factor.
enum SignInOutcome {
  case tokens(TokenPair)
  case challenge(SecondFactorChallenge)
}

extension IdentityContext {
  /// Begins a session, or creates a challenge when the account has a second factor.
  func completeFirstFactor(
    _ account: Account, by first: AuthenticationMethods.FirstFactor, _ device: DeviceInfo, _ call: Call
  ) async throws -> SignInOutcome {
    if account.hasSecondFactor {
      return .challenge(try await SignInChallenges(context: self).begin(account, first, call))
    }
    let begun = try await work(call) { work in
      try await begin(
        account.stamp(), device, AuthenticationMethods(first, second: false), orThrow: .credentialsChanged, work)
    }
    return .tokens(try tokens(begun, call))
  }
}

internal import FastShopAPI
internal import RPC

/// What somebody gets who has proved by one factor who they are.
enum SignInOutcome {
  case tokens(TokenPair)
  case challenge(SecondFactorChallenge)
}

extension IdentityContext {
  /// Begins a session, or asks for the second factor first, of somebody who showed `first`.
  func completeFirstFactor(
    _ account: Account, by first: AuthenticationMethods.FirstFactor, _ device: DeviceInfo, _ call: Call
  ) async throws -> SignInOutcome {
    if account.hasSecondFactor {
      return .challenge(try await SignInChallenges(context: self).begin(account, first, call))
    }
    let begun = try await change(call) { transaction in
      try await begin(
        account.stamp(), device, AuthenticationMethods(first, second: false), orThrow: .credentialsChanged, transaction)
    }
    return .tokens(try tokens(begun, call))
  }
}

internal import Platform

/// What is to be done with a refresh token that somebody sends: a session as a value.
struct RefreshAttempt: Equatable, Sendable {
  /// What is known of the token.
  struct Token: Equatable, Sendable {
    /// When it was exchanged; nil while it is good.
    let usedAt: Instant?
    /// When its session was ended; nil while it lives.
    let sessionEndedAt: Instant?
    let sessionExpiresAt: Instant
    let isUserDisabled: Bool
  }

  /// What follows.
  enum Outcome: Equatable, Sendable {
    /// The token is exchanged for the next one.
    case rotate
    /// Somebody else may hold the tokens: the session ends.
    case endFamily
    /// Nothing is done.
    case refuse
  }

  /// A token that nobody gave out, and one whose session is over, say nothing of anybody. One that was used already
  /// says that two hold it, also when its session has expired since: only the live one is worth ending.
  static func outcome(_ token: Token?, at now: Instant) -> Outcome {
    guard let token, token.sessionEndedAt == nil else { return .refuse }
    if token.usedAt != nil { return .endFamily }
    return now < token.sessionExpiresAt && !token.isUserDisabled ? .rotate : .refuse
  }
}

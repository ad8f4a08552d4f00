internal import Platform

/// What is to be done with a refresh token that somebody sends: a session as a value.
struct RefreshDecision: Equatable, Sendable {
  /// What is known of the token.
  struct Token: Equatable, Sendable {
    /// When it was exchanged; nil while it is good.
    let usedAt: Instant?
    /// When its session was ended; nil while it lives.
    let sessionEndedAt: Instant?
    let sessionExpiresAt: Instant
    let isUserDisabled: Bool
    /// Whether this very exchange was made before, and what it gave out is not used yet.
    var isAnswerUnused = false
  }

  /// For so long an exchange may be sent again.
  static let repeatableFor: Duration = .seconds(600)

  /// What follows.
  enum Outcome: Equatable, Sendable {
    /// The token is exchanged for the next one.
    case rotate
    /// The exchange was made before, and its answer may not have arrived: it is given again.
    case answerAgain
    /// Somebody else may hold the tokens: the session ends.
    case endFamily
    /// Nothing is done.
    case refuse
  }

  /// A token that nobody gave out, and one whose session is over, say nothing of anybody. One that was used already
  /// says that two hold it, also when its session has expired since: only the live one is worth ending.
  static func outcome(_ token: Token?, at now: Instant) -> Outcome {
    guard let token, token.sessionEndedAt == nil else { return .refuse }
    let isAlive = now < token.sessionExpiresAt && !token.isUserDisabled
    guard let usedAt = token.usedAt else { return isAlive ? .rotate : .refuse }
    guard token.isAnswerUnused, now < usedAt + repeatableFor else { return .endFamily }
    return isAlive ? .answerAgain : .refuse
  }
}

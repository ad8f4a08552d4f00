internal import Platform

/// Decides what a refresh token is worth: a pure value.
struct RefreshDecision: Equatable, Sendable {
  /// The state of the token.
  struct Token: Equatable, Sendable {
    /// When the token was exchanged; nil for an unused token.
    let usedAt: Instant?
    /// When its session ended; nil for a live session.
    let sessionEndedAt: Instant?
    let sessionExpiresAt: Instant
    let isUserDisabled: Bool
    /// Whether the same exchange was made before and its new token is unused.
    var isAnswerUnused = false
  }

  /// The time for which an exchange may be repeated.
  static let repeatableFor: Duration = .seconds(600)

  /// The decision.
  enum Outcome: Equatable, Sendable {
    /// Exchange the token for the next one.
    case rotate
    /// Repeat the response of an earlier exchange, which may not have arrived.
    case answerAgain
    /// End the session: another party may have the tokens.
    case endFamily
    /// Refuse the token.
    case refuse
  }

  /// An unknown token, or one of an ended session, tells nothing. A used token means that two parties have it, even
  /// when its session has expired; only a live session is worth ending.
  static func outcome(_ token: Token?, at now: Instant) -> Outcome {
    guard let token, token.sessionEndedAt == nil else { return .refuse }
    let isAlive = now < token.sessionExpiresAt && !token.isUserDisabled
    guard let usedAt = token.usedAt else { return isAlive ? .rotate : .refuse }
    guard token.isAnswerUnused, now < usedAt + repeatableFor else { return .endFamily }
    return isAlive ? .answerAgain : .refuse
  }
}

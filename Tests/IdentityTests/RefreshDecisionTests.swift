import Platform
import Testing

@testable import Identity

@Suite struct RefreshDecisionTests {
  private static let now = Instant(clamping: 1_800_000_000_000_000)
  private static let past = now - .seconds(60)
  private static let future = now + .seconds(60)

  private static func token(
    used: Instant? = nil, ended: Instant? = nil, expires: Instant = future, disabled: Bool = false,
    isAnswerUnused: Bool = false
  ) -> RefreshDecision.Token {
    RefreshDecision.Token(
      usedAt: used, sessionEndedAt: ended, sessionExpiresAt: expires, isUserDisabled: disabled,
      isAnswerUnused: isAnswerUnused)
  }

  @Test(arguments: [
    ("nobody gave it out", nil, RefreshDecision.Outcome.refuse),
    ("it is good", token(), .rotate),
    ("its session has expired", token(expires: now), .refuse),
    ("its user is disabled", token(disabled: true), .refuse),
    ("its session was ended", token(ended: past), .refuse),
    ("it was used before", token(used: past), .endFamily),
    ("it was used before, and the session has expired", token(used: past, expires: past), .endFamily),
    ("the exchange is sent again before its answer was used", token(used: past, isAnswerUnused: true), .answerAgain),
    ("it is sent again much later", token(used: now - .seconds(600), isAnswerUnused: true), .endFamily),
    ("it is sent again, and the session has expired", token(used: past, expires: past, isAnswerUnused: true), .refuse),
    ("it is sent again, and the session was ended", token(used: past, ended: past, isAnswerUnused: true), .refuse),
    ("it is sent again, and the user is disabled", token(used: past, disabled: true, isAnswerUnused: true), .refuse),
    ("it was used before, and the session was ended for it", token(used: past, ended: past), .refuse),
  ])
  func outcomes(_ story: String, token: RefreshDecision.Token?, outcome: RefreshDecision.Outcome) {
    #expect(RefreshDecision.outcome(token, at: Self.now) == outcome, "\(story)")
  }

  @Test func endedSessionsAreKeptForTheLifetimeOfAToken() {
    let (session, user) = (ID.none, ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18") ?? .none)
    let other = ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e20") ?? .none
    let notes = EndedSessions(keep: .seconds(100), now: Self.now)
    notes.ended(session, at: Self.now)
    notes.changed(user, version: 4, at: Self.now)
    #expect(notes.revocation(session: session, user: other, version: 1) == .ended)
    #expect(notes.revocation(session: session, user: user, version: 3) == .ended)
    #expect(notes.revocation(session: other, user: user, version: 3) == .outdated)
    #expect(notes.revocation(session: other, user: user, version: 4) == nil)
    #expect(notes.revocation(session: other, user: other, version: 1) == nil)
    notes.ended(other, at: Self.now + .seconds(100))
    #expect(notes.revocation(session: session, user: other, version: 1) == .ended)
    notes.ended(other, at: Self.now + .seconds(200))
    #expect(notes.revocation(session: session, user: user, version: 3) == nil)
  }

  @Test func pagesTurnAfterALargeStepBackOfTheClock() {
    let notes = EndedSessions(keep: .seconds(100), now: Self.now + .seconds(86_400 * 3_650))
    for day in 0..<3 { notes.ended(.none, at: Self.now + .seconds(day * 100)) }
    let other = ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e20") ?? .none
    notes.ended(other, at: Self.now + .seconds(300))
    notes.ended(other, at: Self.now + .seconds(400))
    #expect(notes.revocation(session: .none, user: other, version: 1) == nil)
  }

  @Test func verifiedTokensAreBounded() {
    let tokens = VerifiedTokens()
    let entry = VerifiedTokens.Entry(caller: .anonymous, version: 1, issuedAt: Self.now, expiresAt: Self.future)
    for number in 0..<VerifiedTokens.halfMax * 3 {
      tokens.keep(entry, for: "\(number)")
      #expect(tokens.find("0") != nil, "what is in use stays")
    }
    #expect(tokens.find("1") == nil)
    #expect(tokens.find("\(VerifiedTokens.halfMax * 3 - 1)") != nil)
  }

  @Test func recoveryCodesMatchInAnyTypedForm() {
    let code = RecoveryCode()
    #expect(code.text.count == 19)
    let hash = RecoveryCode.hash(of: code.text, user: .none)
    #expect(RecoveryCode.hash(of: code.text.lowercased().filter { $0 != "-" }, user: .none) == hash)
    #expect(RecoveryCode.hash(of: RecoveryCode().text, user: .none) != hash)
    #expect(RecoveryCode.hash(of: code.text, user: ID("0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18") ?? .none) != hash)
  }
}

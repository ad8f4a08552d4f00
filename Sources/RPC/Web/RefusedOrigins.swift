internal import Logging
internal import Synchronization

/// Logs each refused origin once. A developer tries one many times, and an attacker makes up many.
final class RefusedOrigins: Sendable {
  /// The maximum number of origins that are logged.
  private static let originsMax = 100

  private let told = Mutex(Set<String>())

  init() {}

  /// Pages of `origin` were refused.
  func note(_ origin: String, by policy: CrossOriginPolicy, _ logger: Logger) {
    if isNew(CrossOriginPolicy.printable(origin)) { logger.notice("\(policy.refusalSentence(of: origin))") }
  }

  /// Whether the origin is logged for the first time. It then counts as logged.
  func isNew(_ origin: String) -> Bool {
    told.withLock { $0.count < Self.originsMax && $0.insert(origin).inserted }
  }
}

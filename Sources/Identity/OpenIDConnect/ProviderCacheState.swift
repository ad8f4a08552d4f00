internal import Platform

/// Something of a provider's that is kept for a while, as a value: whether it is to be fetched, or what is to be made
/// do with. Fetches are rare whoever asks for what: an unknown key in a made-up token causes one a minute at most.
struct ProviderCacheState<Value: Sendable>: Sendable {
  /// What was fetched.
  struct Held: Sendable {
    let value: Value
    /// Grows by one with each fetch.
    let generation: Int
    let fetchedAt: Instant
  }

  /// What is to be done.
  enum Step {
    case use(Held)
    case fetch
    case fail(ProviderError)
  }

  /// So long it is taken without a question.
  static var freshTime: Duration { .seconds(3_600) }
  /// So long it is better than nothing.
  static var usableTime: Duration { .seconds(86_400) }
  /// So long nothing newer is asked for after something newer was.
  static var pause: Duration { .seconds(60) }
  /// So long nothing is asked for after one that did not.
  static var pauseAfterFault: Duration { .seconds(3) }

  private(set) var held: Held?
  private var pressedAt: Instant?
  private var failedAt: Instant?
  private var fault: ProviderError?

  /// For somebody who needs it now and, with `seen`, knows that the one of that generation does not do.
  mutating func step(at now: Instant, newerThan seen: Int? = nil) -> Step {
    var isPressed = false
    if let held {
      if seen == held.generation {
        if let pressedAt, now < pressedAt + Self.pause { return .use(held) }
        isPressed = true
      } else if now < held.fetchedAt + Self.freshTime {
        return .use(held)
      }
    }
    if let failedAt, let fault, now < failedAt + Self.pauseAfterFault {
      return usable(at: now).map(Step.use) ?? .fail(fault)
    }
    if isPressed { pressedAt = now }
    return .fetch
  }

  /// What there is, while it is better than nothing.
  func usable(at now: Instant) -> Held? {
    held.flatMap { now < $0.fetchedAt + Self.usableTime ? $0 : nil }
  }

  /// A fetch went well.
  mutating func note(_ value: Value, at now: Instant) -> Held {
    let next = Held(value: value, generation: (held?.generation ?? 0) + 1, fetchedAt: now)
    held = next
    (failedAt, fault) = (nil, nil)
    return next
  }

  /// A fetch failed.
  mutating func note(_ fault: ProviderError, at now: Instant) {
    (failedAt, self.fault) = (now, fault)
  }
}

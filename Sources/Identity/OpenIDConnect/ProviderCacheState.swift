internal import Platform

/// Decides whether a cached value of a provider is used or fetched again: a pure value. Fetches are rare whatever
/// callers send: an unknown key in a forged token causes at most one a minute.
struct ProviderCacheState<Value: Sendable>: Sendable {
  /// A fetched value.
  struct Entry: Sendable {
    let value: Value
    /// Grows by one with each fetch.
    let generation: Int
    let fetchedAt: Instant
  }

  /// The decision.
  enum Step {
    case use(Entry)
    case fetch
    case fail(ProviderError)
  }

  /// The time for which a value is fresh.
  static var freshTime: Duration { .seconds(3_600) }
  /// The time for which a stale value is used when a fetch fails.
  static var usableTime: Duration { .seconds(86_400) }
  /// The pause after a fetch that a caller forced.
  static var pause: Duration { .seconds(60) }
  /// The pause after a failed fetch.
  static var pauseAfterFault: Duration { .seconds(3) }

  private(set) var entry: Entry?
  private var pressedAt: Instant?
  private var failedAt: Instant?
  private var fault: ProviderError?

  /// The decision for a caller who needs the value now. With `seen`, the value of that generation is not good enough.
  mutating func step(at now: Instant, newerThan seen: Int? = nil) -> Step {
    var isPressed = false
    if let entry {
      if seen == entry.generation {
        if let pressedAt, now < pressedAt + Self.pause { return .use(entry) }
        isPressed = true
      } else if now < entry.fetchedAt + Self.freshTime {
        return .use(entry)
      }
    }
    if let failedAt, let fault, now < failedAt + Self.pauseAfterFault {
      return usable(at: now).map(Step.use) ?? .fail(fault)
    }
    if isPressed { pressedAt = now }
    return .fetch
  }

  /// The stale value, while it may be used.
  func usable(at now: Instant) -> Entry? {
    entry.flatMap { now < $0.fetchedAt + Self.usableTime ? $0 : nil }
  }

  /// Stores the result of a fetch.
  mutating func note(_ value: Value, at now: Instant) -> Entry {
    let next = Entry(value: value, generation: (entry?.generation ?? 0) + 1, fetchedAt: now)
    entry = next
    (failedAt, fault) = (nil, nil)
    return next
  }

  /// Stores the failure of a fetch.
  mutating func note(_ fault: ProviderError, at now: Instant) {
    (failedAt, self.fault) = (now, fault)
  }
}

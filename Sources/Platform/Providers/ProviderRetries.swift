internal import HTTPClient

/// Decides whether a request is sent again: a pure value.
package struct ProviderRetries: Equatable, Sendable {
  /// Attempts in all.
  package var attemptsMax = 3
  /// The longest pause before the second attempt; each further one may be twice as long. The pause itself is random, so
  /// that many callers do not come back at one moment.
  package var pause: Duration = .milliseconds(100)
  /// The longest pause, whatever the provider asks for.
  package var pauseMax: Duration = .seconds(2)

  /// The usual rules.
  package init() {}

  /// The pause before the next attempt; nil if there is none.
  /// - Parameters:
  ///   - attempt: the number of the attempt that ended, from 1.
  ///   - left: the time that is left for the request.
  ///   - jitter: from 0 to 1.
  func pause(
    after outcome: Result<HTTPClientResponse, HTTPClientError>, attempt: Int, _ repetition: ProviderRequest.Repetition,
    left: Duration, jitter: Double
  ) -> Duration? {
    guard attempt < attemptsMax else { return nil }
    let mayRepeat: Bool
    var asked: Duration = .zero
    switch outcome {
    case .success(let response):
      mayRepeat = Self.isTransient(response.status) && repetition != .never
      asked = response["retry-after"].flatMap { Int64($0) }.map { Duration.seconds(max(0, min($0, 3_600))) } ?? .zero
    case .failure(.unreachable):
      mayRepeat = true  // it was never sent
    case .failure(let error):
      mayRepeat = error.isTransient && repetition != .never
    }
    let longest = min(pause * (1 << min(attempt - 1, 10)), pauseMax)
    let pause = max(longest * (0.5 + jitter / 2), asked)
    return mayRepeat && pause <= pauseMax && pause < left ? pause : nil
  }

  /// Whether a status says that the same request may succeed a moment later.
  static func isTransient(_ status: Int) -> Bool { [408, 425, 429, 500, 502, 503, 504].contains(status) }
}

package import EventLoop
package import HTTPClient
internal import Logging
package import Metrics
internal import Synchronization

/// The connection to one outside provider, such as a payment provider or an identity provider: each request has a time
/// limit, is sent again where that is safe, and is not sent while the provider fails repeatedly.
///
/// No transaction may be open while a request is under way. The outcome is recorded afterwards, in the transaction that
/// acts on it, with an entry of the audit log if the request changed something (``AuditedAction``).
package final class ProviderClient: Sendable {
  private struct State {
    var breaker: CircuitBreaker
    var counts: [ProviderOutcome: Int] = [:]
    var busy: Duration = .zero
  }

  /// The name of the provider, in metrics and the log.
  package let name: String
  private let http: HTTPClient
  private let loop: EventLoop
  private let timeLimit: Duration
  private let retries: ProviderRetries
  private let state: Mutex<State>
  private let log = Logger(label: "fastshop.providers")

  /// - Parameters:
  ///   - name: unique among the providers of a server.
  ///   - timeLimit: for a request with all its attempts.
  package init(
    _ name: String, _ http: HTTPClient, on loop: EventLoop, timeLimit: Duration,
    retries: ProviderRetries = ProviderRetries(), breaker: CircuitBreaker.Rules = CircuitBreaker.Rules()
  ) {
    self.name = name
    self.http = http
    self.loop = loop
    self.timeLimit = timeLimit
    self.retries = retries
    state = Mutex(State(breaker: CircuitBreaker(breaker)))
  }

  /// Sends a request and waits for the response. Any status is a response, also one that says that the provider cannot
  /// serve. Of several attempts, the outcome is that of the last one which may have reached the provider.
  /// - Throws: ``ProviderFailure/suspended`` only when nothing was sent.
  package func send(_ request: ProviderRequest) async throws(ProviderFailure) -> HTTPClientResponse {
    let end = Instant.steady + timeLimit
    guard isAdmitted() else { throw .suspended }
    var attempt = 1
    var arrived: Result<HTTPClientResponse, HTTPClientError>?
    while true {
      let began = Instant.steady
      let outcome = await exchange(request.http, within: end - began)
      note(outcome, took: .steady - began)
      switch outcome {
      case .failure(.unreachable), .failure(.overloaded): break  // it was never sent
      default: arrived = outcome
      }
      if let pause = retries.pause(
        after: outcome, attempt: attempt, request.repetition, left: end - .steady, jitter: .random(in: 0...1)),
        (try? await loop.sleep(for: pause)) != nil, isAdmitted()
      {
        attempt += 1
        continue
      }
      do throws(HTTPClientError) { return try (arrived ?? outcome).get() } catch { throw .noResponse(error) }
    }
  }

  /// Whether an attempt is made now.
  private func isAdmitted() -> Bool {
    state.withLock { state in
      let isAdmitted = state.breaker.admits(at: .steady)
      if !isAdmitted { state.counts[.suspended, default: 0] += 1 }
      return isAdmitted
    }
  }

  private func exchange(
    _ request: HTTPClientRequest, within left: Duration
  ) async -> Result<HTTPClientResponse, HTTPClientError> {
    var request = request
    request.timeout = min(request.timeout, left)
    do throws(HTTPClientError) { return .success(try await http.send(request)) } catch { return .failure(error) }
  }

  private func note(_ outcome: Result<HTTPClientResponse, HTTPClientError>, took duration: Duration) {
    let kind = ProviderOutcome(outcome)
    let (before, after) = state.withLock { state in
      let before = state.breaker.state
      state.counts[kind, default: 0] += 1
      state.busy += duration
      switch kind {
      case .answered: state.breaker.succeeded()
      case .unavailable, .timedOut, .unreachable: state.breaker.failed(at: .steady)
      case .other, .suspended: state.breaker.abandoned(at: .steady)
      }
      return (before, state.breaker.state)
    }
    switch (before, after) {
    case (.closed, .open):
      log.warning("a provider is suspended", metadata: ["provider": "\(name)", "outcome": "\(kind.rawValue)"])
    case (.open, .closed), (.halfOpen, .closed):
      log.notice("a provider works again", metadata: ["provider": "\(name)"])
    default: break
    }
  }

  // MARK: Metrics

  /// The state, for the metrics and for tests.
  package var breakerState: CircuitBreaker.State { state.withLock { $0.breaker.state } }

  /// Attempts by outcome since the start.
  package var counts: [ProviderOutcome: Int] { state.withLock { $0.counts } }

  /// Reports the metrics of several providers to `registry` from now on.
  package static func report(_ clients: [ProviderClient], to registry: MetricsRegistry) {
    registry.collect { loop, samples in
      guard loop.index == 0 else { return }  // metrics of the whole process are reported once
      for client in clients { client.collect(&samples) }
    }
  }

  private func collect(_ samples: inout MetricSamples) {
    let (counts, busy, breaker) = state.withLock { ($0.counts, $0.busy, $0.breaker.state) }
    for outcome in ProviderOutcome.allCases {
      samples.add(counts[outcome] ?? 0, to: ProviderMetrics.attempts, [name, outcome.rawValue])
    }
    samples.add(Int(busy.components.seconds), to: ProviderMetrics.seconds, [name])
    let isSuspended = if case .closed = breaker { false } else { true }
    samples.add(isSuspended ? 1 : 0, to: ProviderMetrics.suspended, [name])
  }
}

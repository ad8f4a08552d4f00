internal import HTTPClient
internal import Metrics

/// How an attempt to ask a provider ended.
package enum ProviderOutcome: String, CaseIterable, Sendable {
  /// With a response, also one that refuses the request.
  case answered
  /// With a response that says that the provider cannot serve at the moment.
  case unavailable
  /// Without a response in time.
  case timedOut = "timed_out"
  /// Without a response: the connection could not be made, or was lost.
  case unreachable
  /// For a reason that does not lie with the provider: it was cancelled, or too many are under way.
  case other
  /// It was not sent: the provider is suspended.
  case suspended

  init(_ outcome: Result<HTTPClientResponse, HTTPClientError>) {
    switch outcome {
    case .success(let response): self = ProviderRetries.isTransient(response.status) ? .unavailable : .answered
    case .failure(.timedOut): self = .timedOut
    case .failure(.unreachable), .failure(.broken), .failure(.insecure), .failure(.tooLarge): self = .unreachable
    case .failure(.invalidRequest), .failure(.overloaded), .failure(.cancelled), .failure(.closed): self = .other
    }
  }
}

/// The families of the metrics of all providers.
enum ProviderMetrics {
  static let attempts = MetricFamily(
    "fastshop_provider_requests", help: "Attempts to ask an outside provider, by outcome.", kind: .counter,
    labels: ["provider", "outcome"])
  static let seconds = MetricFamily(
    "fastshop_provider_seconds", help: "Seconds that attempts to ask an outside provider took in all.",
    kind: .counter, labels: ["provider"])
  static let suspended = MetricFamily(
    "fastshop_provider_suspended", help: "1 while a provider is not asked because it failed repeatedly.",
    kind: .gauge, labels: ["provider"])
}

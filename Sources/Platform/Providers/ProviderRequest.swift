package import HTTPClient

/// A request to a provider.
package struct ProviderRequest: Sendable {
  /// Whether a request may be sent again when nobody knows whether it took effect.
  package enum Repetition: Equatable, Sendable {
    /// It changes nothing.
    case harmless
    /// The provider carries out one request for each key, however often it gets it.
    case keyed
    /// It may not.
    case never
  }

  /// The field that carries an idempotency key.
  package static let keyField = "idempotency-key"

  /// The request itself.
  package var http: HTTPClientRequest
  /// Whether it may be sent again.
  package let repetition: Repetition

  private init(_ http: HTTPClientRequest, _ repetition: Repetition) {
    self.http = http
    self.repetition = repetition
  }

  /// A request that changes nothing.
  package static func reading(_ http: HTTPClientRequest) -> ProviderRequest { ProviderRequest(http, .harmless) }

  /// A request that changes something. `key` is derived from what causes it, such as an order and the number of the
  /// attempt to pay it, so that a process which sends it again after a crash uses the same key.
  package static func changing(_ http: HTTPClientRequest, key: String, field: String = keyField) -> ProviderRequest {
    var http = http
    http.headers.append(HTTPField(field, key))
    return ProviderRequest(http, .keyed)
  }

  /// A request that changes something at a provider that knows no keys.
  package static func changingOnce(_ http: HTTPClientRequest) -> ProviderRequest { ProviderRequest(http, .never) }
}

/// Why a provider did not answer. The sentences are for the log and hold no secret.
package enum ProviderFailure: Error, Equatable, CustomStringConvertible {
  /// There was no response.
  case noResponse(HTTPClientError)
  /// The provider failed repeatedly, and the request was not sent.
  case suspended

  /// A sentence for a log.
  package var description: String {
    switch self {
    case .noResponse(let error): error.description
    case .suspended: "the provider failed repeatedly, and is asked again in a moment"
    }
  }
}

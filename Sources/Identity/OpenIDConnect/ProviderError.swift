/// Why a provider cannot be used at the moment. The sentences are for the log and hold no secret.
enum ProviderError: Error, Equatable, CustomStringConvertible {
  /// The provider cannot be reached, or does not respond in time.
  case unreachable(String)
  /// The response of the provider violates the standard.
  case badAnswer(String)

  var description: String {
    switch self {
    case .unreachable(let reason): reason
    case .badAnswer(let reason): reason
    }
  }
}

/// Why an authorization response is refused. The log has the reason; the caller learns only that it is refused.
enum ProviderRefusal: Error, Equatable {
  /// The provider refused the code.
  case codeRefused(String)
  /// The response came from another provider.
  case otherIssuer
  /// The ID token is invalid.
  case invalidToken(IDTokenError)
  /// The UserInfo response is about another subject.
  case otherSubject
}

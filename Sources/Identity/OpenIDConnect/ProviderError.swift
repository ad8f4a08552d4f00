/// Why a provider cannot be used at the moment. Sentences are for the log: they hold no secret.
enum ProviderError: Error, Equatable, CustomStringConvertible {
  /// It cannot be reached, or does not answer in time.
  case unreachable(String)
  /// What it answers is not what the standard asks for.
  case badAnswer(String)

  var description: String {
    switch self {
    case .unreachable(let reason): reason
    case .badAnswer(let reason): reason
    }
  }
}

/// Why nobody is signed in by what a provider says. Told to the log; the caller learns that it was refused.
enum ProviderRefusal: Error, Equatable {
  /// The provider does not know the code, or not from us.
  case codeRefused(String)
  /// The answer came from another provider than the one that was asked.
  case otherIssuer
  /// The provider's statement is not to be believed.
  case invalidToken(IDTokenError)
  /// What it says of the person is of somebody else.
  case otherSubject
}

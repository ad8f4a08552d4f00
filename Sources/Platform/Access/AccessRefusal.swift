package import RPC

/// Why a caller may not call a method. It is found before the request is read, so that no answer depends on what there
/// is in the shop.
package enum AccessRefusal: Error, Equatable, Sendable {
  /// What the caller showed is not good.
  case badCredentials(AuthenticationError)
  /// The caller has shown nothing.
  case noCredentials
  /// The caller's role lacks what the method needs.
  case permissionMissing(Permission)
  /// The key was not made for this.
  case scopeMissing(Permission)
  /// The method is for people.
  case notForPrograms
}

extension MethodPolicy {
  /// Why `caller` may not call the method; nil when it may.
  package func refusal(of caller: Caller) -> AccessRefusal? {
    if !isForKnownCallers { return nil }
    if caller.kind == .anonymous { return .noCredentials }
    if caller.isProgram {
      guard let scope else { return .notForPrograms }
      guard caller.scopes.contains(scope) else { return .scopeMissing(scope) }
    }
    if case .permitted(let permission) = access, !caller.permissions.contains(permission) {
      return .permissionMissing(permission)
    }
    return nil
  }
}

extension AccessRefusal: RPCErrorConvertible {
  private static let domain = "fastshop"

  /// What the caller is told: who they are not, or which permission they lack.
  package var rpcError: RPCError {
    switch self {
    case .badCredentials(.invalid):
      unauthenticated("CREDENTIALS_INVALID", "the credentials are not valid")
    case .badCredentials(.expired):
      unauthenticated("CREDENTIALS_EXPIRED", "the credentials have expired")
    case .badCredentials(.ended):
      unauthenticated("SESSION_ENDED", "the session has ended")
    case .noCredentials:
      unauthenticated("CREDENTIALS_MISSING", "sign in to call this method")
    case .permissionMissing(let permission):
      denied("PERMISSION_MISSING", "the permission \(permission.name) is needed", ["permission": permission.name])
    case .scopeMissing(let scope):
      denied("SCOPE_MISSING", "the key has no scope \(scope.name), which is needed", ["scope": scope.name])
    case .notForPrograms:
      denied("NOT_FOR_PROGRAMS", "keys and certificates cannot call this method: it is for people", [:])
    }
  }

  /// What HTTP says of it, in `www-authenticate` (RFC 6750); nil when other credentials would not help.
  var challenge: String? {
    switch self {
    case .noCredentials: "Bearer"
    case .badCredentials: "Bearer error=\"invalid_token\""
    case .permissionMissing, .scopeMissing, .notForPrograms: nil
    }
  }

  private func unauthenticated(_ reason: String, _ sentence: String) -> RPCError {
    RPCError(
      .unauthenticated, sentence,
      details: [.errorInfo(reason: reason, domain: Self.domain, metadata: ["scheme": "Bearer"])])
  }

  private func denied(_ reason: String, _ sentence: String, _ metadata: [String: String]) -> RPCError {
    RPCError(
      .permissionDenied, sentence,
      details: [.errorInfo(reason: reason, domain: Self.domain, metadata: metadata)])
  }
}

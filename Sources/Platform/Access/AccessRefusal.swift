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
  /// What the caller is told: who they are not, or which permission they lack.
  package var rpcError: RPCError {
    switch self {
    case .badCredentials(.invalid): unauthenticated(.credentialsInvalid)
    case .badCredentials(.expired): unauthenticated(.credentialsExpired)
    case .badCredentials(.ended): unauthenticated(.sessionEnded)
    case .noCredentials: unauthenticated(.credentialsMissing)
    case .permissionMissing(let permission):
      PlatformReason.permissionMissing.error(
        "the permission \(permission.name) is needed", metadata: ["permission": permission.name])
    case .scopeMissing(let scope):
      PlatformReason.scopeMissing.error(
        "the key has no scope \(scope.name), which is needed", metadata: ["scope": scope.name])
    case .notForPrograms: PlatformReason.notForPrograms.error()
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

  private func unauthenticated(_ reason: PlatformReason) -> RPCError { reason.error(metadata: ["scheme": "Bearer"]) }
}

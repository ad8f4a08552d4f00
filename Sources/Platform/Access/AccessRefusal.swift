package import RPC

/// The reason why a caller may not call a method. It is decided before the request is read, so the answer never depends
/// on the data of the shop.
package enum AccessRefusal: Error, Equatable, Sendable {
  /// The credentials are invalid.
  case badCredentials(AuthenticationError)
  /// The caller has shown nothing.
  case noCredentials
  /// The caller's role lacks what the method needs.
  case permissionMissing(Permission)
  /// The caller's role has what the method needs, once the caller has shown a second factor.
  case secondFactorMissing(Permission)
  /// The key was not made for this.
  case scopeMissing(Permission)
  /// The method is for people.
  case notForPrograms
}

extension MethodPolicy {
  /// Why `caller` may not call the method; nil when it may.
  package func refusal(of caller: Caller) -> AccessRefusal? { access.refusal(of: caller, scope: scope) }
}

extension MethodPolicy.Access {
  /// Why `caller` may not call a method with this access; nil when it may. `scope`: what a program needs.
  func refusal(of caller: Caller, scope: Permission?) -> AccessRefusal? {
    if !isForKnownCallers { return nil }
    if caller.kind == .anonymous { return .noCredentials }
    if caller.isProgram {
      guard let scope else { return .notForPrograms }
      return Self.refusal(of: caller, lacking: scope) ?? permission.flatMap { Self.refusal(of: caller, lacking: $0) }
    }
    return permission.flatMap { Self.refusal(of: caller, lacking: $0) }
  }

  private static func refusal(of caller: Caller, lacking permission: Permission) -> AccessRefusal? {
    if caller.permissions.contains(permission) { return nil }
    if caller.isProgram && !caller.scopes.contains(permission) { return .scopeMissing(permission) }
    return caller.withheld.contains(permission) ? .secondFactorMissing(permission) : .permissionMissing(permission)
  }
}

extension AccessRefusal: RPCErrorConvertible {
  private static let undecidedDelay: Duration = .seconds(1)

  /// The error for the caller: unauthenticated, or without a permission.
  package var rpcError: RPCError {
    switch self {
    case .badCredentials(.invalid): unauthenticated(.credentialsInvalid)
    case .badCredentials(.expired): unauthenticated(.credentialsExpired)
    case .badCredentials(.ended): unauthenticated(.sessionEnded)
    case .badCredentials(.outdated): unauthenticated(.credentialsOutdated)
    case .badCredentials(.undecided):
      PlatformReason.credentialsUndecided.error(details: [.retryInfo(delay: Self.undecidedDelay)])
    case .noCredentials: unauthenticated(.credentialsMissing)
    case .permissionMissing(let permission):
      PlatformReason.permissionMissing.error(
        "the caller lacks the permission \(permission.name)", metadata: ["permission": permission.name])
    case .secondFactorMissing(let permission):
      PlatformReason.secondFactorRequired.error(metadata: Self.secondFactorMethods(permission))
    case .scopeMissing(let scope):
      PlatformReason.scopeMissing.error(
        "the key lacks the scope \(scope.name)", metadata: ["scope": scope.name])
    case .notForPrograms: PlatformReason.notForPrograms.error()
    }
  }

  /// The value of `www-authenticate` (RFC 6750); nil when other credentials would not help.
  var challenge: String? {
    switch self {
    case .noCredentials: "Bearer"
    case .badCredentials(.undecided): nil
    case .badCredentials: "Bearer error=\"invalid_token\""
    case .permissionMissing, .secondFactorMissing, .scopeMissing, .notForPrograms: nil
    }
  }

  private static func secondFactorMethods(_ permission: Permission) -> [String: String] {
    [
      "permission": permission.name,
      "begin": "fastshop.identity.v1.SecondFactorService/BeginEnrolment",
      "confirm": "fastshop.identity.v1.SecondFactorService/ConfirmEnrolment",
      "refresh": "fastshop.identity.v1.AuthService/RefreshToken",
      "sign_in": "fastshop.identity.v1.AuthService/SignIn",
    ]
  }

  private func unauthenticated(_ reason: PlatformReason) -> RPCError { reason.error(metadata: ["scheme": "Bearer"]) }
}

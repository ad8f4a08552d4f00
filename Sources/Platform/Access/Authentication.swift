package import RPC

/// An interceptor that authenticates the caller once, for the limiter, access control and the handler.
///
/// It does not refuse bad credentials. ``AccessControl`` does so after the limiter, so a caller that tries many of them
/// is limited like a guest. It authenticates open streams again and again until they end.
package struct Authentication: ServerGate {
  private let policies: PolicyTable
  private let authenticator: any Authenticator

  /// Authentication of the calls that `policies` knows.
  package init(_ policies: PolicyTable, _ authenticator: any Authenticator) {
    self.policies = policies
    self.authenticator = authenticator
  }

  /// Leaves the caller, or what is wrong with it, with the call.
  package func admit(_ call: Call) {
    guard let access = policies.access(call), access != .withoutCredentials else { return }
    do throws(AuthenticationError) {
      let caller = try authenticator.authenticate(call)
      if caller !== Caller.anonymous { call.caller = caller }
    } catch {
      call.authenticationError = error
    }
    if policies.isStream(call), call.caller.kind != .anonymous, let policy = policies[call] {
      OpenStreams.on(call.loop).add(call) { refusal(of: $0, by: policy) }
    }
  }

  /// The reason why `call` would be refused now, or would show less than before. This includes public streams: what
  /// they show depends on their caller.
  private func refusal(of call: Call, by policy: MethodPolicy) -> AccessRefusal? {
    do throws(AuthenticationError) {
      let (before, now) = (call.caller, try authenticator.authenticate(call))
      if let refusal = policy.refusal(of: now) { return refusal }
      let isAsBefore = now.id == before.id && now.sellerID == before.sellerID
      return isAsBefore && before.permissions.isSubset(of: now.permissions) ? nil : .badCredentials(.ended)
    } catch {
      return error == .undecided ? nil : .badCredentials(error)
    }
  }
}

extension Call {
  private static let authenticationErrorKey = CallLocal<AuthenticationError>()

  /// The error of the caller's credentials, if they are invalid.
  package fileprivate(set) var authenticationError: AuthenticationError? {
    get { self[Self.authenticationErrorKey] }
    set { self[Self.authenticationErrorKey] = newValue }
  }
}

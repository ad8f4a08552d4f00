internal import RPC

/// Stops checking credentials from an address that has sent many bad ones. Checking a signature costs us a hundred
/// times as much as making one up costs an attacker.
struct CredentialGuard: Authenticator {
  private let checked: any Authenticator
  private let bad: BadCredentials

  init(_ checked: any Authenticator, _ bad: BadCredentials) {
    self.checked = checked
    self.bad = bad
  }

  /// The caller; a guest with a ``RPC/Call/credentialRefusal`` if the credentials were not checked.
  func authenticate(_ call: Call) throws(AuthenticationError) -> Caller {
    // An open stream is checked again, independent of other callers at its address.
    if call.caller.kind != .anonymous { return try checked.authenticate(call) }
    if call.metadata["authorization"] != nil, let refusal = bad.refusal(of: call) {
      call.credentialRefusal = refusal
      return .anonymous
    }
    return try noting(call) { () throws(AuthenticationError) in try checked.authenticate(call) }
  }

  /// The program that has a key; with a ``RPC/Call/credentialRefusal`` if it was not looked at whose it is.
  func program(withKey key: String, _ call: Call) throws(AuthenticationError) -> Caller {
    if let refusal = bad.refusal(of: call) {
      call.credentialRefusal = refusal
      throw .invalid(reason: "not looked at")
    }
    return try noting(call) { () throws(AuthenticationError) in try checked.program(withKey: key, call) }
  }

  private func noting(
    _ call: Call, _ look: () throws(AuthenticationError) -> Caller
  ) throws(AuthenticationError) -> Caller {
    do throws(AuthenticationError) {
      return try look()
    } catch {
      // Credentials that were valid once are not guesses.
      if case .invalid = error { bad.note(call) }
      throw error
    }
  }
}

extension Call {
  private static let credentialRefusalKey = CallLocal<LimitRefusal>()

  /// Why the caller's credentials were not looked at, if they were not.
  fileprivate(set) var credentialRefusal: LimitRefusal? {
    get { self[Self.credentialRefusalKey] }
    set { self[Self.credentialRefusalKey] = newValue }
  }
}

internal import Logging
package import RPC
internal import Synchronization

/// Decides whether a caller may call a method, by the method's policy. No other code decides this.
package struct AccessControl: ServerGate {
  private let policies: PolicyTable

  /// Controls the methods of `policies`. The server itself refuses unknown methods.
  package init(_ policies: PolicyTable) { self.policies = policies }

  /// Admits or refuses the call. One whose metadata is too large is refused as such: the credentials may be in what the
  /// server has not kept. That may also be its trailers, which come after the server has accepted it.
  package func admit(_ call: Call) throws {
    guard let access = policies.access(call) else { return }
    if let refusal = call.metadataRefusal { throw refusal }
    if access != .withoutCredentials, let refusal = refusal(of: call) {
      if let challenge = refusal.challenge { call.headers.add("www-authenticate", challenge) }
      throw refusal
    }
    if let check = policies.requestCheck(call) { call.requestCheck = check }
  }

  /// Logs an error that the .proto file does not declare, because the API reference would be wrong. It does so once for
  /// a method and a reason, so that failing calls cannot fill the log.
  package func ended(_ call: Call, _ error: (any Error)?) {
    guard let error, let policy = policies[call] else { return }
    guard let reason = RPCError(thrown: error).reason, !policy.declares(reason: reason) else { return }
    let isNew = Self.undeclared.withLock { known in
      known.count < Self.undeclaredMax && known.insert("\(call.path) \(reason)").inserted
    }
    guard isNew else { return }
    Logger(label: "fastshop.api").warning(
      "a call failed for a reason that its method does not declare",
      metadata: ["method": "\(call.path)", "reason": "\(reason)"])
  }

  /// The maximum number of undeclared reasons that are logged.
  private static let undeclaredMax = 1_000
  private static let undeclared = Mutex<Set<String>>([])

  private func refusal(of call: Call) -> AccessRefusal? {
    let caller = call.caller
    if caller.kind == .anonymous, let error = call.authenticationError { return .badCredentials(error) }
    return policies.refusal(of: call, by: caller)
  }
}

import Platform
import RPC

/// A method's policy as cells of a table.
struct PolicyColumns {
  private let policy: MethodPolicy
  private let takesStream: Bool

  /// - Parameter takesStream: whether callers send a stream of requests.
  init(_ policy: MethodPolicy, takesStream: Bool) {
    self.policy = policy
    self.takesStream = takesStream
  }

  /// The callers; for a permission, the roles that have it.
  var callers: String {
    switch policy.access {
    case .withoutCredentials: return "everybody, without credentials"
    case .everybody: return "everybody"
    case .signedIn: return "signed in"
    case .permitted(let permission):
      let roles = Role.allCases.filter { $0.permissions.contains(permission) }.map(\.rawValue)
      return "`\(permission.name)`: \(roles.joined(separator: ", "))"
    }
  }

  /// The scope that a program needs.
  var scope: String {
    switch policy.access {
    case .withoutCredentials, .everybody: "any"
    case .signedIn, .permitted: policy.scope.map { "`\($0.name)`" } ?? "none"
    }
  }

  /// The allowance that a call is charged to, and its cost in plain calls.
  var allowance: String {
    "\(policy.limiterClass)" + (policy.cost > 1 ? " × \(policy.cost)" : "") + (takesStream ? ", each request" : "")
  }

  /// The maximum size of a request.
  var requestSize: String {
    let bytes = policy.requestBytesMax
    return bytes.isMultiple(of: 1024) ? "\(bytes / 1024) KiB" : "\(bytes) bytes"
  }

  /// The time that a call has if its caller names no deadline.
  var deadline: String { policy.deadline.map { "\($0.components.seconds) s" } ?? "none" }

  /// Further conditions.
  var conditions: String {
    [
      policy.isSideEffectFree ? "changes nothing" : nil, policy.requiresRequestID ? "needs a `request_id`" : nil,
      policy.isAdministrative
        ? "administrative: \(policy.isSideEffectFree ? "" : "audited, ")only from allowed addresses" : nil,
    ].compactMap { $0 }.joined(separator: "; ")
  }
}

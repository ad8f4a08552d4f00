package import RPC

/// The policies of a server's methods, by `call.methodIndex`.
package struct PolicyTable: Sendable {
  private let policies: [MethodPolicy]

  /// A table of these policies, in the order of the server's methods.
  package init(_ policies: [MethodPolicy]) { self.policies = policies }

  /// The policy of the method that `call` calls; nil when there is no such method.
  package subscript(_ call: Call) -> MethodPolicy? {
    guard let index = call.methodIndex, policies.indices.contains(index) else { return nil }
    return policies[index]
  }
}

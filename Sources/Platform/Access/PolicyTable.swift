internal import Protobuf
package import RPC

/// The policies of a server's methods, by `call.methodIndex`. They are read once from the .proto files' descriptors.
package struct PolicyTable: Sendable {
  private let policies: [MethodPolicy]
  private let requestChecks: [Call.RequestCheck?]
  private let kinds: [MethodKind]
  /// The rules for the requests of each method, by its path, for the server.
  package private(set) var requestRules: [String: RequestRules] = [:]

  /// The policies of `services`, which must be those of the server, in its order.
  /// - Throws: why the server must not start: a method without a policy, or with one that cannot be meant.
  package init(services: [any RPCService]) throws(PolicyError) {
    var policies: [MethodPolicy] = []
    var requestChecks: [Call.RequestCheck?] = []
    for service in services {
      let declared = try DeclaredPolicies(service.serviceDescriptor)
      for method in service.methods {
        let (described, policy) = try declared.policy(path: method.path)
        policies.append(policy)
        // Whether a request sent again is the same one is asked of all its fields, also of those of newer callers.
        requestRules[method.path] = RequestRules(
          bytesMax: policy.requestBytesMax, keepsUnknownFields: policy.requiresRequestID, deadline: policy.deadline)
        requestChecks.append(policy.requiresRequestID ? RequestIDRule(described.input.descriptor)?.check : nil)
      }
    }
    self.policies = policies
    self.requestChecks = requestChecks
    kinds = services.flatMap(\.methods).map(\.kind)
  }

  /// The same policy for every method of `services`: for programs whose API declares none.
  package init(services: [any RPCService], all policy: MethodPolicy) {
    policies = services.flatMap(\.methods).map { _ in policy }
    requestChecks = []
    kinds = services.flatMap(\.methods).map(\.kind)
  }

  /// The policy of the method that `call` calls; nil when there is no such method. Each copy of it counts a reference,
  /// so what is asked of every call has a function of its own below.
  package subscript(_ call: Call) -> MethodPolicy? {
    index(call).map { policies[$0] }
  }

  /// Who may call what `call` calls; nil when there is no such method.
  func access(_ call: Call) -> MethodPolicy.Access? {
    index(call).map { policies[$0].access }
  }

  /// The allowance that `call` draws on; nil when there is no such method.
  func limiterClass(_ call: Call) -> LimiterClass? {
    index(call).map { policies[$0].limiterClass }
  }

  /// The units of the allowance that `call` costs.
  func cost(_ call: Call) -> Int {
    index(call).map { policies[$0].cost } ?? 1
  }

  /// Why `caller` may not make `call`; nil when it may.
  func refusal(of call: Call, by caller: Caller) -> AccessRefusal? {
    index(call).flatMap { policies[$0].access.refusal(of: caller, scope: policies[$0].scope) }
  }

  private func index(_ call: Call) -> Int? {
    guard let index = call.methodIndex, policies.indices.contains(index) else { return nil }
    return index
  }

  /// Whether `call` is a stream.
  func isStream(_ call: Call) -> Bool {
    kind(call).map { $0 != .unary } ?? false
  }

  /// Whether the caller of `call` sends a stream of requests.
  func takesStream(_ call: Call) -> Bool {
    switch kind(call) {
    case .clientStreaming, .bidirectional: true
    case .unary, .serverStreaming, nil: false
    }
  }

  private func kind(_ call: Call) -> MethodKind? {
    guard let index = call.methodIndex, kinds.indices.contains(index) else { return nil }
    return kinds[index]
  }

  /// The check of a request before the handler gets it; nil when the policy requires none.
  func requestCheck(_ call: Call) -> Call.RequestCheck? {
    guard let index = call.methodIndex, requestChecks.indices.contains(index) else { return nil }
    return requestChecks[index]
  }
}

internal import PolicyAPI
internal import Protobuf
package import RPC

/// The policies of a service's methods, as its .proto file declares them.
package struct DeclaredPolicies {
  /// The number of the extension `fastshop.policy.v1.policy`.
  private static let option = 50_610

  /// The methods with their policies, in the file's order.
  package let all: [(method: ServiceDescriptor.Method, policy: MethodPolicy)]

  /// - Throws: what is wrong with the first policy that cannot be meant.
  package init(_ service: ServiceDescriptor) throws(PolicyError) {
    let declared = Dictionary(service.file.methods.map { ($0.path, $0) }) { first, _ in first }
    var all: [(ServiceDescriptor.Method, MethodPolicy)] = []
    for method in service.methods {
      let policy = try Self.policy(of: method, declared[method.path], in: service)
      try PolicyRules.check(policy, of: method)
      all.append((method, policy))
    }
    self.all = all
  }

  /// The method at `path` and its policy.
  func policy(path: String) throws(PolicyError) -> (ServiceDescriptor.Method, MethodPolicy) {
    guard let found = all.first(where: { $0.method.path == path }) else { throw .missing(method: path) }
    return found
  }

  private static func policy(
    of method: ServiceDescriptor.Method, _ declared: DeclaredMethod?, in service: ServiceDescriptor
  ) throws(PolicyError) -> MethodPolicy {
    let isSideEffectFree = declared?.isSideEffectFree ?? false
    guard let option = declared?.option(Self.option) else {
      guard var policy = PlatformServices.policies[service.fullName] else { throw .missing(method: method.path) }
      policy.requestBytesMax = RequestSize.usual(of: method.input.descriptor)
      policy.deadline = DefaultDeadline.usual(
        of: method.kind, isSideEffectFree: policy.isSideEffectFree, policy.limiterClass)
      return policy
    }
    do {
      let message = try PolicyAPI.MethodPolicy(decoding: option, in: Arena())
      return try MethodPolicy(message, isSideEffectFree: isSideEffectFree, of: method)
    } catch let error as PolicyError {
      throw error
    } catch {
      throw .contradictory(method: method.path, "its policy cannot be read: \(error)")
    }
  }
}

extension MethodPolicy {
  fileprivate init(
    _ declared: PolicyAPI.MethodPolicy, isSideEffectFree: Bool, of described: ServiceDescriptor.Method
  ) throws(PolicyError) {
    let method = described.path
    let permission = try Permission(declared.permission, of: method)
    switch (declared.access, permission) {
    case (.withoutCredentials, nil): access = .withoutCredentials
    case (.everybody, nil): access = .everybody
    case (.signedIn, nil): access = .signedIn
    case (.permitted, let permission?): access = .permitted(permission)
    case (.permitted, nil): throw .contradictory(method: method, "it does not say which permission is needed")
    case (.unspecified, _), (.unrecognized, _): throw .contradictory(method: method, "it does not say who may call")
    default: throw .contradictory(method: method, "it names a permission, but does not need one")
    }
    scope = try Permission(declared.scope, of: method)
    if case .unspecified = declared.limiterClass {
      limiterClass = .standard
    } else if let known = UInt8(exactly: declared.limiterClass.rawValue).flatMap(LimiterClass.init(rawValue:)) {
      limiterClass = known
    } else {
      throw .contradictory(method: method, "it names an unknown limiter class")
    }
    cost = max(1, Int(declared.cost))
    requiresRequestID = declared.requiresRequestID
    isAdministrative = declared.administrative
    requestBytesMax =
      declared.requestBytesMax > 0
      ? Int(declared.requestBytesMax) : RequestSize.usual(of: described.input.descriptor)
    deadline =
      declared.deadlineSeconds > 0
      ? .seconds(Int(declared.deadlineSeconds))
      : DefaultDeadline.usual(of: described.kind, isSideEffectFree: isSideEffectFree, limiterClass)
    errors = declared.errors.map(\.string)
    self.isSideEffectFree = isSideEffectFree
  }
}

extension Permission {
  /// Nil when none is declared.
  fileprivate init?(_ declared: PolicyAPI.Permission, of method: String) throws(PolicyError) {
    if case .unspecified = declared { return nil }
    guard let known = UInt8(exactly: declared.rawValue).flatMap(Permission.init(rawValue:)) else {
      throw .contradictory(method: method, "it names an unknown permission")
    }
    self = known
  }
}

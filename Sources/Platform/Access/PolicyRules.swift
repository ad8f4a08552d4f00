internal import Protobuf
internal import RPC

/// The rules that a valid policy satisfies.
enum PolicyRules {
  static let costMax = 1_000

  static func check(_ policy: MethodPolicy, of method: ServiceDescriptor.Method) throws(PolicyError) {
    func refuse(_ sentence: String) -> PolicyError { .contradictory(method: method.path, sentence) }
    let hasRequestID = RequestIDRule(method.input.descriptor) != nil
    if policy.cost > costMax { throw refuse("its cost is \(policy.cost), more than \(costMax)") }
    if policy.requestBytesMax > RPCLimits().requestBytesMax {
      throw refuse("it takes requests of \(policy.requestBytesMax) bytes, more than \(RPCLimits().requestBytesMax)")
    }
    if let deadline = policy.deadline {
      if method.kind != .unary { throw refuse("a stream has no default deadline") }
      if deadline > .seconds(DefaultDeadline.secondsMax) {
        throw refuse("its default deadline is \(deadline), more than \(DefaultDeadline.secondsMax) seconds")
      }
    }
    if policy.requiresRequestID && !hasRequestID { throw refuse("it requires a request_id, which its request lacks") }
    if !policy.requiresRequestID && hasRequestID {
      throw refuse("its request has a request_id that it does not require")
    }
    if policy.requiresRequestID && policy.isSideEffectFree {
      throw refuse("it requires a request_id, but changes nothing")
    }
    // Of a stream of requests with one response, it stands in the first request.
    if policy.requiresRequestID && method.kind == .bidirectional {
      throw refuse("a stream both ways has no request_id")
    }
    if policy.isAdministrative && !policy.isSideEffectFree && !policy.requiresRequestID {
      throw refuse("it administers the platform: declare that it changes nothing, or require a request_id")
    }
    if policy.isForKnownCallers { return }
    if policy.scope != nil { throw refuse("it names a scope, but everybody may call") }
    if policy.isAdministrative { throw refuse("it is administrative, but everybody may call") }
  }
}

/// The reason why a server refuses to start.
package enum PolicyError: Error, Equatable, CustomStringConvertible {
  /// The method has no policy.
  case missing(method: String)
  /// Its policy cannot be meant.
  case contradictory(method: String, String)

  package var description: String {
    switch self {
    case .missing(let method): "\(method) has no policy: say in its .proto file who may call it"
    case .contradictory(let method, let sentence): "the policy of \(method): \(sentence)"
    }
  }
}

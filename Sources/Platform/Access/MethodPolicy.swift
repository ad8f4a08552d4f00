internal import RPC

/// A method's policy as its .proto file declares it: who may call the method, and under which conditions.
package struct MethodPolicy: Equatable, Sendable {
  /// Who may call.
  package enum Access: Equatable, Sendable {
    /// Everybody. Credentials are ignored: for methods that get or renew them, and for health.
    case withoutCredentials
    /// Everybody. Bad credentials are refused, so that no caller wrongly believes to be signed in.
    case everybody
    /// Signed-in users, for their own resources.
    case signedIn
    /// Callers with the permission.
    case permitted(Permission)

    /// Whether guests may not call.
    var isForKnownCallers: Bool {
      switch self {
      case .withoutCredentials, .everybody: false
      case .signedIn, .permitted: true
      }
    }

    /// The required permission; nil for none.
    var permission: Permission? {
      guard case .permitted(let permission) = self else { return nil }
      return permission
    }
  }

  /// Who may call.
  package var access: Access
  /// The scope that a program's key or certificate needs; nil when no program may call, unless the method is public.
  package var scope: Permission?
  /// The allowance that calls draw on.
  package var limiterClass: LimiterClass
  /// The units of the allowance that a call costs.
  package var cost: Int
  /// Whether a request must have a `request_id`, so that it is safe to send again.
  package var requiresRequestID: Bool
  /// Whether it administers the platform. Then it is audited, and allowed only from certain addresses.
  package var isAdministrative: Bool
  /// Whether it changes nothing.
  package var isSideEffectFree: Bool
  /// The maximum size of a request in bytes, in any encoding, before compression.
  package var requestBytesMax: Int
  /// The time that a call has if its caller names no deadline; nil for a stream, which has none.
  package var deadline: Duration?
  /// The reasons of its errors, besides those of all methods (``PlatformReason``, `RuntimeReason`).
  package var errors: [String]

  /// A policy.
  package init(
    access: Access, scope: Permission? = nil, limiterClass: LimiterClass = .standard, cost: Int = 1,
    requiresRequestID: Bool = false, isAdministrative: Bool = false, isSideEffectFree: Bool = false,
    requestBytesMax: Int = RequestSize.listBytes, deadline: Duration? = nil, errors: [String] = []
  ) {
    self.access = access
    self.scope = scope
    self.limiterClass = limiterClass
    self.cost = cost
    self.requiresRequestID = requiresRequestID
    self.isAdministrative = isAdministrative
    self.isSideEffectFree = isSideEffectFree
    self.requestBytesMax = requestBytesMax
    self.deadline = deadline
    self.errors = errors
  }

  /// Whether a call may fail for this reason.
  package func declares(reason: String) -> Bool {
    PlatformReason(rawValue: reason) != nil || RuntimeReason(rawValue: reason) != nil || errors.contains(reason)
  }

  /// Whether guests may not call.
  package var isForKnownCallers: Bool { access.isForKnownCallers }

  /// The required permission; nil for none.
  package var permission: Permission? { access.permission }
}

/// The allowance that a call draws on. The numbers are those of `fastshop.policy.v1.LimiterClass`.
package enum LimiterClass: UInt8, CaseIterable, Sendable {
  /// For most methods.
  case standard = 1
  /// A small one, for methods that an attacker would guess with: sign-in, codes, resets.
  case credentials = 2
  /// For opening streams, which stay open for long.
  case stream = 3
  /// For long work: exports, reports, bulk changes.
  case bulk = 4
  /// No limit: health checks and the like are never refused.
  case exempt = 5
  /// A large one, for cheap public reads: catalogue, search, stock.
  case browse = 6
  /// The allowance of each session, for renewing its tokens. The handler charges it, because only the handler finds the
  /// session.
  case session = 7
}

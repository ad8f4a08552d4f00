internal import RPC

/// What the .proto file says of a method: who may call it, and under which conditions.
package struct MethodPolicy: Equatable, Sendable {
  /// Who may call.
  package enum Access: Equatable, Sendable {
    /// Everybody, and credentials are not even looked at: to get or renew them, and for health.
    case withoutCredentials
    /// Everybody. Bad credentials are refused, so that nobody believes to be signed in who is not.
    case everybody
    /// Whoever is signed in, for what is their own.
    case signedIn
    /// Whoever has the permission.
    case permitted(Permission)
  }

  /// Who may call.
  package var access: Access
  /// What a program's key or certificate must have been made for; nil when no program may call, unless everybody may.
  package var scope: Permission?
  /// Which of a caller's allowances the calls draw on.
  package var limiterClass: LimiterClass
  /// How much of the allowance a call takes.
  package var cost: Int
  /// Whether a request must have a `request_id`, so that it is safe to send again.
  package var requiresRequestID: Bool
  /// Whether it administers the platform: then it is audited, and only from addresses that may.
  package var isAdministrative: Bool
  /// Whether it changes nothing.
  package var isSideEffectFree: Bool
  /// The most bytes that a request may have, in whatever form and without its compression.
  package var requestBytesMax: Int
  /// The reasons for which it may fail, beside those of any method (``PlatformReason``, `RuntimeReason`).
  package var errors: [String]

  /// A policy.
  package init(
    access: Access, scope: Permission? = nil, limiterClass: LimiterClass = .standard, cost: Int = 1,
    requiresRequestID: Bool = false, isAdministrative: Bool = false, isSideEffectFree: Bool = false,
    requestBytesMax: Int = RequestSize.listBytes, errors: [String] = []
  ) {
    self.access = access
    self.scope = scope
    self.limiterClass = limiterClass
    self.cost = cost
    self.requiresRequestID = requiresRequestID
    self.isAdministrative = isAdministrative
    self.isSideEffectFree = isSideEffectFree
    self.requestBytesMax = requestBytesMax
    self.errors = errors
  }

  /// Whether a call may fail for this reason.
  package func declares(reason: String) -> Bool {
    PlatformReason(rawValue: reason) != nil || RuntimeReason(rawValue: reason) != nil || errors.contains(reason)
  }

  /// Whether guests may not call.
  package var isForKnownCallers: Bool {
    switch access {
    case .withoutCredentials, .everybody: false
    case .signedIn, .permitted: true
    }
  }

  /// The permission that is needed; nil when none is.
  package var permission: Permission? {
    guard case .permitted(let permission) = access else { return nil }
    return permission
  }
}

/// Which of a caller's allowances a call draws on. The numbers are those of `fastshop.policy.v1.LimiterClass`.
package enum LimiterClass: UInt8, CaseIterable, Sendable {
  /// The usual one.
  case standard = 1
  /// A small one, for what a guesser would call: sign-in, codes, resets.
  case credentials = 2
  /// One for opening streams, which then live long.
  case stream = 3
  /// One for what takes long: exports, reports, bulk work.
  case bulk = 4
  /// None: health checks and the like are never refused.
  case exempt = 5
  /// A large one, for reads that everybody may make and that cost little: catalogue, search, stock.
  case browse = 6
  /// One of each session, for renewing its tokens: whoever carries out the call finds out whose it is.
  case session = 7
}

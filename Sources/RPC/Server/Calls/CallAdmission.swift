internal import EventLoop
internal import Synchronization

/// How a call was admitted, by the number of open calls when it began.
enum CallAdmission {
  /// The server has few open calls.
  case usual
  /// Few calls are left: streams are refused, and the request must arrive soon.
  case crowded
  /// No call is left; this one is from the reserve.
  case reserved
  /// As ``reserved``, for staff. Authentication refuses all other callers.
  case reservedForStaff
  /// The caller's address has too many open calls. The call is answered with an error.
  case beyondAddress

  var isReserved: Bool { self == .reserved || self == .reservedForStaff }
}

/// The bounds of a server's open calls, computed once.
struct CallBounds: Sendable {
  let crowded: Int
  let max: Int
  let maxWithReserve: Int
  let ofAddress: Int
  /// Beyond this number, a call of the address is refused without an error message.
  let ofAddressRefused: Int
  let reservedOfAddress: Int

  init(_ limits: RPCLimits) {
    func sum(_ a: Int, _ b: Int) -> Int {
      let (sum, overflow) = a.addingReportingOverflow(b)
      return overflow ? .max : sum
    }
    crowded = limits.callsCrowded
    max = limits.callsMax
    maxWithReserve = sum(limits.callsMax, limits.callsReservedMax)
    ofAddress = limits.callsPerAddressMax
    ofAddressRefused = sum(limits.callsPerAddressMax, limits.callsPerAddressMax / 4 + 1)
    reservedOfAddress = Swift.max(1, limits.callsReservedMax / 10)
  }
}

extension RPCServer {
  /// A call of `usage` begins.
  /// - Returns: its terms; nil when it is refused without a word.
  @inline(__always)
  func callBegan(_ usage: PeerUsage) -> CallAdmission? {
    // Wrapping, here and at the end: one instruction, where a checked one would try again while loops compete for it.
    let open = calls.wrappingAdd(1, ordering: .relaxed).newValue
    let ofAddress = usages.callBegan(usage)
    if open <= callBounds.crowded && ofAddress <= callBounds.ofAddress { return .usual }
    return admission(open, ofAddress, usage)
  }

  /// A call that began with these terms has ended.
  @inline(__always)
  func callEnded(_ usage: PeerUsage, _ admission: CallAdmission) {
    calls.wrappingSubtract(1, ordering: .releasing)
    if admission.isReserved { usage.reservedCalls.subtract(1, ordering: .relaxed) }
    usages.callEnded(usage)
  }

  private func admission(_ open: Int, _ ofAddress: Int, _ usage: PeerUsage) -> CallAdmission? {
    if usage.isOneCaller && ofAddress > callBounds.ofAddress {
      pressure.count(.callOfAddress)
      // An error message also takes a stream, for as long as the caller does not read it.
      return ofAddress <= callBounds.ofAddressRefused ? .beyondAddress : turnedAway(usage)
    }
    if open <= callBounds.crowded { return .usual }
    if open <= callBounds.max { return .crowded }
    let reserved = usage.reservedCalls.add(1, ordering: .relaxed).newValue
    if open <= callBounds.maxWithReserve && (!usage.isOneCaller || reserved <= callBounds.reservedOfAddress) {
      return .reserved
    }
    usage.reservedCalls.subtract(1, ordering: .relaxed)
    pressure.count(.callOfAll)
    return turnedAway(usage)
  }

  private func turnedAway(_ usage: PeerUsage) -> CallAdmission? {
    callEnded(usage, .usual)
    return nil
  }
}

extension Call {
  /// Whether a full server has admitted the call in case the caller is staff. Authentication refuses it with
  /// ``fullServer`` otherwise.
  package var isReservedForStaff: Bool { admission == .reservedForStaff }

  /// The error of a call that a full server refuses.
  package static let fullServer = RuntimeReason.serverFull.error()

  /// Why the call is not taken now that its method is known; nil if it is. `kind` is its method's.
  func refusalUnderPressure() -> RPCError? {
    switch admission {
    case .usual: return nil
    case .beyondAddress: return RuntimeReason.addressCallsExceeded.error()
    case .crowded, .reserved, .reservedForStaff:
      guard let method = request.method else { return nil }
      guard method.kind == .unary else {
        server.pressure.count(.streamOfAll)
        return Self.fullServer
      }
      if admission != .crowded && !mayUseReserve(method) {
        server.pressure.count(.callOfAll)
        return Self.fullServer
      }
      awaitRequestSoon()
      return nil
    }
  }

  /// `Health/Check` may, and so may calls with credentials until the caller is authenticated.
  private func mayUseReserve(_ method: Method) -> Bool {
    if method.path == Self.healthCheckPath { return true }
    admission = .reservedForStaff
    return request.metadata["authorization"] != nil || peer.certificate != nil
  }

  private static let healthCheckPath = "/grpc.health.v1.Health/Check"

  /// Few calls are left: no caller may hold one for long with an unfinished request.
  func awaitRequestSoon() {
    let timer = Timer { [unowned self] in requestIsLate() }
    requestTimer = timer
    loop.schedule(timer, after: server.limits.crowdedRequestMax)
  }

  private func requestIsLate() {
    if isRunning || isFinished || !isOpen { return }
    server.pressure.count(.slowRequest)
    abandon(Self.fullServer)
  }
}

extension Call {
  /// The refusal of a call whose metadata was too large, and is kept in part only.
  package var metadataRefusal: RPCError? { request.isTooLarge ? RequestHead.tooLarge : nil }
}

import Metrics
import Platform
import RPC

/// What every call goes through between being counted and being handled: where it comes from, who calls, whether that
/// is too often, from where it may be called, by whom, and how many of theirs are open.
struct ShopInterceptors {
  private let policies: PolicyTable
  private let authenticator: any Authenticator
  private let settings: LimitSettings

  init(_ policies: PolicyTable, _ authenticator: any Authenticator, _ settings: LimitSettings) {
    self.policies = policies
    self.authenticator = authenticator
    self.settings = settings
  }

  /// Each costs every call something: those that have nothing to do are left out.
  func interceptors(_ registry: MetricsRegistry) -> [any ServerInterceptor] {
    var interceptors: [any ServerInterceptor] = []
    if !settings.proxies.isEmpty { interceptors.append(ClientAddressing(settings.proxies)) }
    if let limits = settings.limits {
      let limiter = CallLimiter(policies, limits, registry)
      let guarded = limiter.guarded(authenticator)
      interceptors += [TrafficForwarding(guarded), Authentication(policies, guarded), ReservedCalls(), limiter]
    } else {
      interceptors += [TrafficForwarding(authenticator), Authentication(policies, authenticator), ReservedCalls()]
    }
    if let allowed = settings.administrators {
      interceptors.append(AdministratorAddresses(policies, allowed: allowed))
    }
    return interceptors + [AccessControl(policies), OpenCallLimiter(policies, settings.open, registry)]
  }
}

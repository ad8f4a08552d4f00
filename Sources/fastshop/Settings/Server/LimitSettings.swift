import Platform

/// The rate limits of callers and their allowed addresses: validated.
struct LimitSettings: Equatable, Sendable {
  /// The limiter's table takes 32 bytes for each: more than this is a slip.
  private static let callersMost = 100_000_000
  private static let addresses =
    "addresses such as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7, or unix, comma-separated"

  /// Nil for no limits at all.
  let limits: CallLimits?
  /// The limits of open calls.
  let open: OpenCallLimits
  let proxies: TrustedProxies
  /// Nil for everywhere.
  let administrators: AddressList?

  init(_ options: LimitOptions, _ source: SettingSource) throws(SettingError) {
    limits = try Self.limits(options, source)
    open = try Self.open(options, source)
    let proxies = try source.value(
      flag: "--trusted-proxies", options.trustedProxies, variable: "FASTSHOP_TRUSTED_PROXIES", wanted: Self.addresses
    ) { AddressList($0) }
    let header = try source.value(
      flag: "--forwarded-header", options.forwardedHeader, variable: "FASTSHOP_FORWARDED_HEADER",
      wanted: "x-forwarded-for or forwarded"
    ) { ForwardedHeader(rawValue: $0) }
    if header != nil && proxies == nil {
      throw SettingError(name: "--trusted-proxies", value: nil, wanted: "given together with --forwarded-header")
    }
    self.proxies = TrustedProxies(proxies ?? .none, header: header ?? .xForwardedFor)
    administrators = try source.value(
      flag: "--admin-addresses", options.adminAddresses, variable: "FASTSHOP_ADMIN_ADDRESSES", wanted: Self.addresses
    ) { AddressList($0) }
  }

  private static func limits(_ options: LimitOptions, _ source: SettingSource) throws(SettingError) -> CallLimits? {
    let isOn = try source.isOn(flag: "--rate-limits", options.rateLimits, variable: "FASTSHOP_RATE_LIMITS") ?? true
    var limits = CallLimits()
    let list =
      RateText.example + ", for each allowance if need be: 100/min,stream=5/s,bulk=off; the allowances are "
      + RateText.allowanceNames
    limits.signedIn =
      try source.value(
        flag: "--rate-signed-in", options.rateSignedIn, variable: "FASTSHOP_RATE_SIGNED_IN", wanted: list
      ) { RateText.allowances($0, usual: .signedInUsual) } ?? limits.signedIn
    limits.guests =
      try source.value(
        flag: "--rate-public", options.ratePublic, variable: "FASTSHOP_RATE_PUBLIC", wanted: list
      ) { RateText.allowances($0, usual: .publicUsual) } ?? limits.guests
    limits.keys =
      try source.value(
        flag: "--rate-keys", options.rateKeys, variable: "FASTSHOP_RATE_KEYS",
        wanted: "ids of API keys with their rates: ID=1000/min, comma-separated", parse: RateText.keys
      ) ?? [:]
    limits.badCredentials =
      try source.value(
        flag: "--rate-bad-credentials", options.rateBadCredentials, variable: "FASTSHOP_RATE_BAD_CREDENTIALS",
        wanted: RateText.example
      ) { RateText.parse($0) } ?? limits.badCredentials
    limits.callersMax =
      try source.value(
        flag: "--rate-callers", options.rateCallers, variable: "FASTSHOP_RATE_CALLERS",
        wanted: "a whole number from 1 to \(callersMost)"
      ) { Int($0).flatMap { (1...callersMost).contains($0) ? $0 : nil } } ?? limits.callersMax
    return isOn ? limits : nil
  }

  private static func open(_ options: LimitOptions, _ source: SettingSource) throws(SettingError) -> OpenCallLimits {
    var open = OpenCallLimits()
    open.streams =
      try source.value(
        flag: "--open-streams", options.openStreams, variable: "FASTSHOP_OPEN_STREAMS", wanted: OpenCallText.example
      ) { OpenCallText.bounds($0, usual: OpenCallLimits.streamsUsual) } ?? open.streams
    open.calls =
      try source.value(
        flag: "--open-calls", options.openCalls, variable: "FASTSHOP_OPEN_CALLS", wanted: OpenCallText.example
      ) { OpenCallText.bounds($0, usual: OpenCallLimits.callsUsual) } ?? open.calls
    open.keys =
      try source.value(
        flag: "--open-keys", options.openKeys, variable: "FASTSHOP_OPEN_KEYS",
        wanted: "ids of API keys with their bounds: ID=5000,ID=off, comma-separated", parse: OpenCallText.keys
      ) ?? [:]
    return open
  }
}

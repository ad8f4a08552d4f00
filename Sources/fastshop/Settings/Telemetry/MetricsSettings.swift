import Platform
import RPC

/// The listener of the metrics and the addresses that may read them: validated.
struct MetricsSettings: Equatable, Sendable {
  /// This machine and private networks: RFC 1918, RFC 4193 and the addresses of one link.
  static let usualReaders = AddressList(
    "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,fc00::/7,fe80::/10,unix")
  private static let cacheSecondsRange = 0...60

  /// Listeners of their own; empty for the ports of the calls.
  let listen: [ListenAddress]
  /// The addresses that may read the metrics; nil for all that can connect to the listener of metrics.
  let readers: AddressList?
  /// The time for which a page is cached.
  let cacheSeconds: Int

  /// Nil when metrics are switched off.
  init?(_ options: TelemetryOptions, _ source: SettingSource) throws(SettingError) {
    let isOn = try source.isOn(flag: "--metrics", options.metrics, variable: "FASTSHOP_METRICS") ?? true
    listen =
      try source.value(
        flag: "--metrics-listen", options.metricsListen, variable: "FASTSHOP_METRICS_LISTEN",
        wanted: #"an address and a port such as 127.0.0.1:9090, "unix:PATH", or several, comma-separated"#
      ) { Listening($0)?.addresses } ?? []
    let readers = try source.value(
      flag: "--metrics-addresses", options.metricsAddresses, variable: "FASTSHOP_METRICS_ADDRESSES",
      wanted: "addresses such as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7, or unix, comma-separated"
    ) { AddressList($0) }
    self.readers = readers ?? (listen.isEmpty ? Self.usualReaders : nil)
    cacheSeconds =
      try source.value(
        flag: "--metrics-cache-seconds", options.metricsCacheSeconds, variable: "FASTSHOP_METRICS_CACHE_SECONDS",
        wanted: "a whole number of seconds from 0 to 60"
      ) { text in Int(text).flatMap { Self.cacheSecondsRange.contains($0) ? $0 : nil } } ?? 1
    if !isOn { return nil }
  }
}

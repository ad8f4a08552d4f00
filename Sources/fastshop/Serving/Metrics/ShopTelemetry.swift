import EventLoop
import Logging
import Metrics
import Platform
import Postgres
import RPC
import Telemetry

/// The server's telemetry: metrics, spans, and a log line for each call.
final class ShopTelemetry: Sendable {
  /// Spans that are left when the server stops have so long to reach the collector.
  private static let farewell: Duration = .seconds(2)

  let registry: MetricsRegistry
  private let settings: TelemetrySettings
  private let exporter: SpanExporter?
  private let process = ProcessMetrics()
  private let page: MetricsPage?

  init(group: EventLoopGroup, _ settings: TelemetrySettings) {
    self.settings = settings
    registry = MetricsRegistry(group: group)
    exporter = settings.tracesURL.map { url in
      var configuration = SpanExporter.Configuration(url: url)
      configuration.headers = settings.collectorHeaders
      configuration.serviceVersion = Version.text
      configuration.node = settings.node
      return SpanExporter(group: group, configuration)
    }
    page = settings.metrics.map { [registry, process] metrics in
      MetricsPage(registry, process, on: group.loops[0], lifetime: .seconds(metrics.cacheSeconds))
    }
    exporter?.report(to: registry)
    registry.collect(DatabaseMetrics.collect)
  }

  /// The interceptors of every call of `services`. The trace comes before the log, whose lines contain its id.
  func interceptors(for services: [any RPCService]) -> [any ServerInterceptor] {
    var interceptors: [any ServerInterceptor] = [CallMetrics(registry, services: services)]
    if let exporter { interceptors.append(CallTracing(exporter, ratio: settings.traceRatio)) }
    if let ratio = settings.accessLogRatio {
      var log = Logger(label: AccessLog.label)
      log[metadataKey: "version"] = "\(Version.text)"
      log[metadataKey: "node"] = "\(settings.node)"
      interceptors.append(
        AccessLog(log, level: settings.accessLogLevel, ratio: ratio) { call in call.caller.id.map { "\($0)" } })
    }
    return interceptors
  }

  /// The route of the metrics, if they are on the server's own addresses.
  func routes(_ proxies: TrustedProxies) -> [HTTPRoute] {
    guard let page, settings.metrics?.listen.isEmpty == true else { return [] }
    return [route(page, proxies)]
  }

  /// The listener that the metrics have for themselves, if there is one.
  func listener(
    _ group: EventLoopGroup, _ proxies: TrustedProxies, health: HTTPRoute, lifetime: ConnectionLifetime
  ) -> MetricsListener? {
    guard let page, settings.metrics?.listen.isEmpty == false else { return nil }
    return MetricsListener(group: group, routes: [route(page, proxies), health], lifetime: lifetime)
  }

  private func route(_ page: MetricsPage, _ proxies: TrustedProxies) -> HTTPRoute {
    MetricsRoute.route(page, for: settings.metrics?.readers.map { MetricsReaders(addresses: $0, proxies: proxies) })
  }

  /// Reports which program this is, the server's connections and the event log's progress.
  func watch(_ server: RPCServer, _ hub: EventHub) {
    registry.collect { [weak server, weak hub, process, node = settings.node] loop, samples in
      if loop.index > 0 { return }  // metrics of the whole process are reported once
      process.collect(&samples)
      BuildMetrics.collect(node: node, &samples)
      ClockMetrics.collect(&samples)
      if let server { ServerMetrics.collect(server, &samples) }
      if let hub { EventMetrics.collect(hub, &samples) }
    }
  }

  /// Reports when the server's certificate ends.
  func watch(_ certificate: ServerCertificate) {
    registry.collect { loop, samples in
      if loop.index == 0 { CertificateMetrics.collect(certificate.context.current, &samples) }
    }
  }

  func start() { exporter?.start() }

  func stop() async { await exporter?.stop(within: Self.farewell) }
}

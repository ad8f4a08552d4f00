import EventLoop
import Metrics
import Platform
import Postgres
import RPC
import Telemetry

/// What the server tells about itself: metrics, spans, a line for each call.
final class ShopTelemetry: Sendable {
  /// Spans that are left when the server stops have so long to reach the collector.
  private static let farewell: Duration = .seconds(2)

  let registry: MetricsRegistry
  private let settings: TelemetrySettings
  private let exporter: SpanExporter?

  init(group: EventLoopGroup, _ settings: TelemetrySettings) {
    self.settings = settings
    registry = MetricsRegistry(group: group)
    exporter = settings.tracesURL.map { url in
      var configuration = SpanExporter.Configuration(url: url)
      configuration.headers = settings.collectorHeaders
      return SpanExporter(group: group, configuration)
    }
    exporter?.report(to: registry)
    registry.collect(DatabaseMetrics.collect)
  }

  /// What every call of `services` goes through. The trace comes before the log, which names it.
  func interceptors(for services: [any RPCService]) -> [any ServerInterceptor] {
    var interceptors: [any ServerInterceptor] = [CallMetrics(registry, services: services)]
    if let exporter { interceptors.append(CallTracing(exporter, ratio: settings.traceRatio)) }
    if let ratio = settings.accessLogRatio {
      interceptors.append(AccessLog(level: settings.accessLogLevel, ratio: ratio))
    }
    return interceptors
  }

  /// Where the metrics can be read, if they can be.
  var routes: [HTTPRoute] { settings.showsMetrics ? [MetricsRoute.route(registry)] : [] }

  /// Reports the server's connections and the event log's progress.
  func watch(_ server: RPCServer, _ hub: EventHub) {
    registry.collect { [weak server, weak hub] loop, samples in
      if loop.index > 0 { return }  // what is counted for the whole process is told once
      if let server { ServerMetrics.collect(server, &samples) }
      if let hub { EventMetrics.collect(hub, &samples) }
    }
  }

  func start() { exporter?.start() }

  func stop() async { await exporter?.stop(within: Self.farewell) }
}

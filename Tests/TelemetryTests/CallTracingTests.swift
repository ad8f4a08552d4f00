import EventLoop
import HTTPClient
import Metrics
import RPC
import Testing

@testable import Telemetry

@Suite struct CallTracingTests {
  static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  /// What a handler sees of its trace, when its caller sends that metadata.
  static func seen(_ metadata: Metadata, ratio: Double = 1) async throws -> TraceContext? {
    let group = EventLoopGroup(count: 1)
    let exporter = SpanExporter(group: group, .init(url: "http://127.0.0.1:1/v1/traces"))
    let server = try await ObservedServer(group, [CallTracing(exporter, ratio: ratio)])
    let said = try await server.echo("?", CallOptions(metadata: metadata))
    await server.stop()
    await exporter.stop(within: .zero)
    group.shutdown()
    return TraceContext(traceparent: said)
  }

  @Test func `a call goes on with its caller's trace, as a span of its own`() async throws {
    let context = try #require(try await Self.seen(["traceparent": Self.parent]))
    let parent = try #require(TraceContext(traceparent: Self.parent))
    #expect(context.trace == parent.trace)
    #expect(context.span != parent.span)
    #expect(context.isSampled)
    let unsampled = Self.parent.dropLast() + "0"
    #expect(try await Self.seen(["traceparent": String(unsampled)])?.isSampled == false)
  }

  @Test(arguments: [[:], ["traceparent": "00-garbage"], ["traceparent": "00-" + String(repeating: "0", count: 52)]])
  func `without a parent that is worth something, a trace begins`(metadata: [String: String]) async throws {
    var sent: Metadata = [:]
    for (key, value) in metadata { sent.add(key, value) }
    let context = try #require(try await Self.seen(sent))
    #expect(context.isSampled)
    #expect(context.state == "")
    #expect(try await Self.seen(sent, ratio: 0)?.isSampled == false)
  }

  @Test func `what finds no room is dropped and counted`() async throws {
    let group = EventLoopGroup(count: 1)
    var configuration = SpanExporter.Configuration(url: "http://127.0.0.1:1/v1/traces")
    configuration.queueSpansMax = 3
    let exporter = SpanExporter(group: group, configuration)
    let registry = MetricsRegistry(group: group)
    exporter.report(to: registry)
    let server = try await ObservedServer(group, [CallTracing(exporter)])
    for _ in 0..<5 { try await server.echo("?") }
    #expect(await registry.render().contains("fastshop_spans_total{outcome=\"dropped\"} 2\n"))
    await server.stop()
    await exporter.stop(within: .milliseconds(300))
    #expect(await registry.render().contains("fastshop_spans_total{outcome=\"given_up\"} 3\n"))
    group.shutdown()
  }
}

import EventLoop
import Logging
import RPC
import Synchronization
import Telemetry
import Testing

/// Keeps what is logged.
struct KeptLog: LogHandler {
  final class Lines: Sendable {
    let all = Mutex<[Logger.Metadata]>([])
  }

  let lines: Lines
  var logLevel: Logger.Level = .info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    lines.all.withLock { $0.append(event.metadata ?? [:]) }
  }
}

@Suite struct AccessLogTests {
  static func lines(
    ratio: Double = 1, level: Logger.Level = .info, _ calls: (ObservedServer) async throws -> Void
  ) async throws -> [[String: String]] {
    let lines = KeptLog.Lines()
    let group = EventLoopGroup(count: 1)
    let log = Logger(label: "access") { _ in KeptLog(lines: lines) }
    let server = try await ObservedServer(group, [AccessLog(log, level: level, ratio: ratio)])
    try await calls(server)
    await server.stop()
    group.shutdown()
    return lines.all.withLock { $0 }.map { $0.mapValues(\.description) }
  }

  @Test func `a line says who called what and how it ended`() async throws {
    let metadata: Metadata = [
      "x-request-id": "order-7.a_B", "authorization": "Bearer secret-token", "x-api-key": "secret-key",
      "traceparent": CallTracingTests.parent,
    ]
    let lines = try await Self.lines { server in
      try await server.echo("secret-message", CallOptions(metadata: metadata))
      await #expect(throws: RPCError.self) { try await server.echo("missing") }
      await #expect(throws: RPCError.self) {
        try await server.echo("?", CallOptions(metadata: ["x-request-id": "a b secret"]))
        try await server.echo("missing")
      }
    }
    let first = try #require(lines.first)
    #expect(first["code"] == "OK")
    #expect(first["method"]?.hasSuffix("/Echo") == true)
    #expect(first["request_id"] == "order-7.a_B")
    #expect(first["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(first["received_messages"] == "1" && first["received_bytes"] == "16")
    #expect(first["peer"]?.hasPrefix("127.0.0.1:") == true)
    #expect(first["user_agent"]?.isEmpty == false)
    #expect(first["duration_ms"]?.wholeMatch(of: #/\d+\.\d{3}/#) != nil)
    #expect(lines.map { $0["code"] } == ["OK", "NOT_FOUND", "OK", "NOT_FOUND"])
    #expect(lines[2]["request_id"] == nil)
    #expect(!"\(lines)".contains("secret"))
  }

  @Test func `calls that end well may be left out, others are not`() async throws {
    let lines = try await Self.lines(ratio: 0) { server in
      try await server.echo("?")
      await #expect(throws: RPCError.self) { try await server.echo("missing") }
    }
    #expect(lines.map { $0["code"] } == ["NOT_FOUND"])
    #expect(try await Self.lines(level: .debug) { try await $0.echo("?") }.isEmpty)
  }
}

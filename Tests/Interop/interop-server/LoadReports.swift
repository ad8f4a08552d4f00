internal import EventLoop
internal import InteropAPI
internal import Protobuf
internal import RPC
internal import Synchronization

/// The load that this server reports: what its clients told it to, since it has none worth telling.
final class LoadReports: Sendable {
  private let latest = Mutex<[UInt8]>([])

  /// From now on, `report` is what is told apart from calls.
  func update(_ report: TestOrcaReport) throws {
    let encoded = try report.loadReport(in: Arena()).encoded()
    latest.withLock { $0 = encoded }
  }

  func current(in arena: Arena) throws -> OrcaLoadReport {
    try OrcaLoadReport(decoding: latest.withLock { $0 }, in: arena)
  }
}

/// Tells the server's load to whoever asks, again and again (gRFC A51).
struct LoadReporting: OpenRcaService {
  /// Reports come no more often than this, whatever is asked for.
  private static let intervalMin = Duration.milliseconds(10)

  let reports: LoadReports

  func streamCoreMetrics(
    _ request: OrcaLoadReportRequest, _ responses: ResponseStream<OrcaLoadReport>, _ call: Call
  ) async throws {
    let asked = request.reportInterval.map { Duration.seconds($0.seconds) + .nanoseconds($0.nanos) }
    let interval = max(asked ?? Self.intervalMin, Self.intervalMin)
    while true {
      try await responses.send(try reports.current(in: responses.arena))
      try await call.loop.sleep(for: interval)
    }
  }
}

extension TestOrcaReport {
  /// Where the load of a call is told, in its trailers.
  private static let trailer = "endpoint-load-metrics-bin"

  /// Tells it with the end of `call`.
  func report(with call: Call) throws {
    call.trailers.add(Self.trailer, bytes: try loadReport(in: call.arena).encoded())
  }

  /// The same in the words of those who read it.
  fileprivate func loadReport(in arena: Arena) -> OrcaLoadReport {
    let report = OrcaLoadReport(in: arena)
    report.cpuUtilization = cpuUtilization
    report.memUtilization = memoryUtilization
    for (name, cost) in requestCost.entries { report.requestCost[arena.text(name.string)] = cost }
    for (name, share) in utilization.entries { report.utilization[arena.text(name.string)] = share }
    return report
  }
}

public import EventLoop
public import Metrics
internal import Synchronization

/// The metrics of a process under Prometheus' standard names, such as `process_cpu_seconds_total`.
public final class ProcessMetrics: Sendable {
  private static let cpu = MetricFamily(
    "process_cpu_seconds", help: "CPU time of the process in seconds, user and system.", kind: .counter)
  private static let resident = gauge("resident_memory_bytes", "Memory of the process that is in RAM, in bytes.")
  private static let virtual = gauge("virtual_memory_bytes", "Address space of the process, in bytes.")
  private static let open = gauge("open_fds", "Descriptors that are open.")
  private static let most = gauge("max_fds", "Descriptors that may be open.")
  private static let start = gauge("start_time_seconds", "When the process started, in seconds since 1970.")

  private static func gauge(_ name: String, _ help: String) -> MetricFamily {
    MetricFamily("process_\(name)", help: help, kind: .gauge)
  }

  private let latest = Mutex<ProcessStatistics?>(nil)

  /// Metrics that begin with the next ``refresh(on:)``.
  public init() {}

  /// Reads the system's numbers, on a thread other than the loop's. The previous numbers stay when no thread is free.
  public nonisolated(nonsending) func refresh(on loop: EventLoop) async {
    guard let fresh = try? await loop.offLoop({ ProcessStatistics.read() }) else { return }
    latest.withLock { $0 = fresh }
  }

  /// Reports what the last refresh found. On one loop only.
  public func collect(_ samples: inout MetricSamples) {
    guard let known = latest.withLock({ $0 }) else { return }
    samples.add(known.cpuSeconds, to: Self.cpu)
    samples.add(known.residentBytes, to: Self.resident)
    samples.add(known.virtualBytes, to: Self.virtual)
    samples.add(known.openDescriptors, to: Self.open)
    samples.add(known.descriptorsMax, to: Self.most)
    samples.add(known.startedAtSeconds, to: Self.start)
  }
}

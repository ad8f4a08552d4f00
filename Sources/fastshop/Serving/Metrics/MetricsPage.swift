import EventLoop
import Metrics
import RPC
import Synchronization
import Telemetry

/// The page of metrics. One page serves all requests within a second, because making it costs every loop some time.
final class MetricsPage: Sendable {
  private struct Kept {
    let response: HTTPResponse
    /// The time of the page, on the loops' clock in nanoseconds.
    let madeAt: Int64
  }

  private struct State {
    var kept: [MetricsFormat: Kept] = [:]
    var making: [MetricsFormat: Task<HTTPResponse, Never>] = [:]
  }

  private let registry: MetricsRegistry
  private let process: ProcessMetrics
  private let loop: EventLoop
  private let lifetime: Duration
  private let state = Mutex(State())

  /// A page of `registry` that is good for `lifetime`; `process` is asked when it is made, on `loop`.
  init(_ registry: MetricsRegistry, _ process: ProcessMetrics, on loop: EventLoop, lifetime: Duration) {
    self.registry = registry
    self.process = process
    self.loop = loop
    self.lifetime = lifetime
  }

  /// The page, not older than its lifetime. Requests that arrive while it is being made share it.
  func response(_ format: MetricsFormat) async -> HTTPResponse {
    let (kept, making) = state.withLock { state -> (HTTPResponse?, Task<HTTPResponse, Never>?) in
      if let kept = state.kept[format], EventLoop.preciseNow - kept.madeAt < lifetime.nanoseconds {
        return (kept.response, nil)
      }
      if let making = state.making[format] { return (nil, making) }
      let task = Task(executorPreference: loop) { [self] in await make(format) }
      state.making[format] = task
      return (nil, task)
    }
    if let kept { return kept }
    return await making?.value ?? HTTPResponse(status: 503)
  }

  private func make(_ format: MetricsFormat) async -> HTTPResponse {
    // The numbers are at least as new as this.
    let madeAt = EventLoop.preciseNow
    await process.refresh(on: loop)
    let response = HTTPResponse(text: await registry.render(format), contentType: format.contentType)
    state.withLock { state in
      state.making[format] = nil
      state.kept[format] = Kept(response: response, madeAt: madeAt)
    }
    return response
  }
}

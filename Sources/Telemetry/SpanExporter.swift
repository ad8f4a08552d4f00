public import EventLoop
internal import Glibc
public import HTTPClient
internal import Logging
public import Metrics

/// Sends spans to a collector in batches, as OTLP over HTTP, without delaying calls.
///
/// Spans wait in bounded memory. Spans that do not fit are dropped and counted. Failed batches are retried for a while.
public final class SpanExporter: Sendable {
  /// The collector's address, and the number of spans that may wait.
  public struct Configuration: Sendable {
    /// The collector's URL, such as `http://127.0.0.1:4318/v1/traces`.
    public var url: String
    /// Fields that the collector wants, such as a key.
    public var headers: [HTTPField] = []
    /// The name of this program: `service.name`.
    public var serviceName = "fastshop"
    /// The version of this program: `service.version`.
    public var serviceVersion = ""
    /// The name of this server: `host.name`.
    public var node = ""
    /// Spans sent at once.
    public var batchSpansMax = 512
    /// Spans that may wait on all loops together.
    public var queueSpansMax = 32_768
    /// The interval in which waiting spans are sent.
    public var interval: Duration = .milliseconds(500)
    /// The timeout of a request to the collector.
    public var requestTimeout: Duration = .seconds(5)
    /// The time for which a batch is retried before it is dropped.
    public var retryTimeMax: Duration = .seconds(60)

    /// The usual settings for the collector at `url`.
    public init(url: String) { self.url = url }
  }

  private let loop: EventLoop
  private let group: EventLoopGroup
  private let configuration: Configuration
  private let queues: [LoopBound<SpanQueue>]
  private let outbox: LoopBound<SpanOutbox>
  private let task: LoopTask

  /// An exporter for the calls of `group`. Nothing is sent before ``start()``.
  public init(group: EventLoopGroup, _ configuration: Configuration, http: HTTPClientConfiguration = .init()) {
    self.group = group
    self.configuration = configuration
    loop = group.loops[0]
    task = LoopTask(on: loop)
    let each = max(1, configuration.queueSpansMax / group.loops.count)
    queues = group.loops.map { LoopBound(SpanQueue(spansMax: each), on: $0) }
    outbox = LoopBound(SpanOutbox(HTTPClient(on: loop, http), configuration, on: loop), on: loop)
  }

  /// The loop's own spans. Only on `loop`.
  func queue(of loop: EventLoop) -> SpanQueue { queues[loop.index].value }

  /// Begins to send.
  public func start() { task.start { [self] in await run() } }

  /// Sends what is left, as far as that takes no longer than `grace`, and ends.
  public func stop(within grace: Duration) async {
    await task.stop()
    await Task(executorPreference: loop) { [self] in
      await gather()
      await outbox.value.send(until: loop.now + grace.nanoseconds)
      await outbox.value.close()
    }.value
  }

  private func run() async {
    while (try? await loop.sleep(for: configuration.interval)) != nil {
      await gather()
      await outbox.value.send(until: nil)
    }
  }

  /// Brings the loops' spans together.
  private func gather() async {
    for (loop, queue) in zip(group.loops, queues) {
      let spans = await withCheckedContinuation { continuation in
        loop.onLoop { continuation.resume(returning: queue.value.take()) }
      }
      outbox.value.add(spans)
    }
  }

  // MARK: Metrics

  private static let ended = MetricFamily(
    "fastshop_spans", help: "Spans by outcome: sent, dropped because the queue was full, or given up.",
    kind: .counter, labels: ["outcome"])

  /// Reports what became of the spans.
  public func report(to registry: MetricsRegistry) {
    registry.collect { [queues, outbox, first = loop] loop, samples in
      samples.add(queues[loop.index].value.dropped, to: Self.ended, ["dropped"])
      if loop === first {
        samples.add(outbox.value.sent, to: Self.ended, ["sent"])
        samples.add(outbox.value.givenUp, to: Self.ended, ["given_up"])
      }
    }
  }
}

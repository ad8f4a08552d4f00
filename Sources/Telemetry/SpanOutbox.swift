internal import CLinux
internal import EventLoop
internal import Glibc
internal import HTTPClient
internal import Logging

/// Sends batches of spans to the collector, one at a time. Confined to its loop.
final class SpanOutbox {
  private static let firstPause: Duration = .milliseconds(100)
  private static let longestPause: Duration = .seconds(5)
  /// The maximum pause that a collector may request.
  private static let askedPauseMax: Duration = .seconds(30)
  private static let responseBytesMax = 64 * 1024

  private enum Answer {
    case taken
    case refused(String)
    case later(String, after: Duration?)
    case interrupted
  }

  private let client: HTTPClient
  private let configuration: SpanExporter.Configuration
  private let loop: EventLoop
  private let log = Logger(label: "fastshop.tracing")
  private let resource: [(key: String, value: String)]
  private var waiting: [Span] = []
  private var isFailing = false
  /// Whether the collector did not take the last batch, or not yet.
  private var isAway = false
  /// Spans that the collector took.
  private(set) var sent = 0
  /// Spans that it would not take, or not in time.
  private(set) var givenUp = 0

  init(_ client: HTTPClient, _ configuration: SpanExporter.Configuration, on loop: EventLoop) {
    self.client = client
    self.configuration = configuration
    self.loop = loop
    resource = [
      ("service.name", configuration.serviceName), ("service.version", configuration.serviceVersion),
      ("host.name", configuration.node),
      ("service.instance.id", Hex.text(.random(in: .min ... .max))),
      ("telemetry.sdk.name", "fastshop"), ("telemetry.sdk.language", "swift"),
    ]
  }

  func add(_ spans: [Span]) { waiting += spans }

  func close() async { await client.close() }

  /// Sends all that waits, until the loop's clock shows `deadline`. Cancelling the task leaves the rest waiting.
  func send(until deadline: Int64?) async {
    while !waiting.isEmpty {
      let batch = Array(waiting.prefix(configuration.batchSpansMax))
      switch await deliver(batch, until: deadline) {
      case .taken:
        sent += batch.count
        if isFailing || isAway { log.notice("the collector accepts spans again") }
        (isFailing, isAway) = (false, false)
      case .refused(let reason), .later(let reason, _):
        givenUp += batch.count
        if !isFailing { log.warning("spans are lost", metadata: ["reason": "\(reason)"]) }
        isFailing = true
      case .interrupted: return
      }
      waiting.removeFirst(batch.count)
    }
  }

  /// Sends one batch, again and again if need be.
  private func deliver(_ batch: [Span], until deadline: Int64?) async -> Answer {
    let report = SpanReport(resource: resource, clockOffset: Self.clockOffset)
    guard let body = try? await loop.offLoop({ report.encoded(batch) }) else {
      return .refused("no thread is free to encode them")
    }
    let giveUpAt = min(deadline ?? .max, loop.now + configuration.retryTimeMax.nanoseconds)
    var pause = Self.firstPause
    while true {
      let answer = await post(body, until: giveUpAt)
      guard case .later(let reason, let asked) = answer else { return answer }
      if !isAway { log.warning("the collector does not accept spans; retrying", metadata: ["reason": "\(reason)"]) }
      isAway = true
      // The pause that the collector requests, within limits.
      let wished = asked.map { min(max($0, Self.firstPause), Self.askedPauseMax) } ?? pause * Double.random(in: 0.5..<1)
      if loop.now + wished.nanoseconds >= giveUpAt { return answer }
      if (try? await loop.sleep(for: wished)) == nil { return .interrupted }
      pause = min(pause * 2, Self.longestPause)
    }
  }

  private func post(_ body: [UInt8], until giveUpAt: Int64) async -> Answer {
    let left = Duration.nanoseconds(max(1_000_000, giveUpAt - loop.now))
    var request = HTTPClientRequest(
      "POST", configuration.url,
      headers: configuration.headers + [HTTPField("Content-Type", "application/x-protobuf")], body: body)
    request.timeout = min(configuration.requestTimeout, left)
    request.responseBytesMax = Self.responseBytesMax
    do {
      let response = try await client.send(request)
      switch response.status {
      case 200..<300: return .taken
      // Source: OTLP specification, "Retryable Response Codes".
      case 429, 502, 503, 504:
        return .later("HTTP \(response.status)", after: response["retry-after"].flatMap(Int.init).map { .seconds($0) })
      default: return .refused("HTTP \(response.status)")
      }
    } catch .cancelled {
      return .interrupted
    } catch {
      return error.isTransient ? .later("\(error)", after: nil) : .refused("\(error)")
    }
  }

  /// The difference between the loops' clock and the time since 1970.
  private static var clockOffset: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec) - EventLoop.preciseNow
  }
}

internal import EventLoop
public import Logging
public import RPC

/// Logs a line for every call: the caller, the method, the status, the duration.
///
/// A line never holds messages, status messages, or the caller's metadata, except for its name and the request's id,
/// both truncated.
public struct AccessLog: ServerGate {
  /// The label of its lines.
  public static let label = "fastshop.access"
  /// Lines that one loop writes in a second; a flood of calls must not become a flood of lines.
  static let linesPerSecondMax = 5_000
  private static let agentBytesMax = 200
  private static let requestIDBytesMax = 64

  private let log: Logger
  private let level: Logger.Level
  private let ratio: Double
  private let caller: @Sendable (Call) -> String?

  /// Logs the share `ratio`, from 0 to 1, of the calls that succeed, and all calls that fail. `caller` returns the
  /// caller's id, without secrets; nil for an unknown caller.
  public init(
    _ log: Logger = Logger(label: AccessLog.label), level: Logger.Level = .info, ratio: Double = 1,
    caller: @escaping @Sendable (Call) -> String? = { _ in nil }
  ) {
    self.log = log
    self.level = level
    self.ratio = ratio
    self.caller = caller
  }

  /// Every call may go on.
  public func admit(_ call: Call) {}

  /// Writes the line of `call`.
  public func ended(_ call: Call, _ error: (any Error)?) { write(call, call.status(after: error)) }

  private func write(_ call: Call, _ status: StatusCode) {
    guard log.logLevel <= level else { return }
    let now = EventLoop.preciseNow
    if status == .ok && ratio < 1 && !(.random(in: 0..<1) < ratio) { return }
    guard AccessLogPace.of(call.loop).admits(at: now) else { return }
    let traffic = call.traffic
    var fields: Logger.Metadata = [
      "method": "\(call.method?.path ?? "unknown")",
      "code": "\(status.name)",
      "duration_ms": .stringConvertible(LogNumber(millisecondsOf: now - call.startedAt)),
      "peer": "\(call.peer)",
      "received_messages": .stringConvertible(traffic.messagesReceived),
      "received_bytes": .stringConvertible(traffic.bytesReceived),
      "sent_messages": .stringConvertible(traffic.messagesSent),
      "sent_bytes": .stringConvertible(traffic.bytesSent),
    ]
    if let caller = caller(call) { fields["caller"] = "\(caller)" }
    let metadata = call.metadata
    if let agent = metadata["user-agent"] { fields["user_agent"] = "\(agent.prefix(Self.agentBytesMax))" }
    if let id = metadata["x-request-id"], Self.isPlain(id) { fields["request_id"] = "\(id)" }
    if let trace = call.traceContext?.trace ?? TraceContext(metadata)?.trace { fields["trace_id"] = "\(trace)" }
    log.log(level: level, "call", metadata: fields)
  }

  /// An id, and nothing that a caller might have put in its place.
  private static func isPlain(_ id: String) -> Bool {
    !id.isEmpty && id.utf8.count <= requestIDBytesMax
      && id.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-_.".utf8.contains(byte)
        }
      }
  }
}

/// The number of lines that a loop has written in the current second.
final class AccessLogPace {
  private static let key = LoopLocal<AccessLogPace>()

  private var second: Int64 = 0
  private var lines = 0

  static func of(_ loop: EventLoop) -> AccessLogPace {
    if let pace = loop[key] { return pace }
    let fresh = AccessLogPace()
    loop[key] = fresh
    return fresh
  }

  func admits(at now: Int64) -> Bool {
    let present = now / 1_000_000_000
    if present != second {
      second = present
      lines = 0
    }
    lines += 1
    return lines <= AccessLog.linesPerSecondMax
  }
}

public import RPC

/// The trace and the parent span of a call, which calls carry from process to process.
///
/// Source: W3C "Trace Context", Recommendation of 23 November 2021.
public struct TraceContext: Sendable, Equatable {
  /// The two halves of the trace's 16 bytes; not both zero.
  public let trace: TraceID
  /// The id of the span; not zero.
  public let span: UInt64
  /// Whether an earlier process records this trace.
  public let isSampled: Bool
  /// The tracing systems' own data, in the form of `tracestate`; may be empty.
  public let state: String

  /// A context.
  public init(trace: TraceID, span: UInt64, isSampled: Bool, state: String = "") {
    self.trace = trace
    self.span = span
    self.isSampled = isSampled
    self.state = state
  }

  /// The context in a caller's metadata; nil when it has none, or an invalid one.
  public init?(_ metadata: Metadata) {
    let parents = metadata.values("traceparent")
    guard parents.count == 1 else { return nil }
    self.init(traceparent: parents[0], tracestate: metadata.values("tracestate"))
  }

  /// Parses the values of the two fields. A malformed `tracestate` counts as none; a malformed `traceparent` makes all
  /// of it worthless.
  public init?(traceparent: String, tracestate: [String] = []) {
    let bytes = Array(traceparent.utf8)
    guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
      let version = Hex.number(bytes[0..<2]), version != 0xFF,
      let high = Hex.number(bytes[3..<19]), let low = Hex.number(bytes[19..<35]), high | low != 0,
      let span = Hex.number(bytes[36..<52]), span != 0,
      let flags = Hex.number(bytes[53..<55])
    else { return nil }
    // Later versions may append fields after another dash; version 00 has none.
    if bytes.count > 55 && (version == 0 || bytes[55] != dash) { return nil }
    self.init(
      trace: TraceID(high: high, low: low), span: span, isSampled: flags & 1 == 1,
      state: TraceState.checked(tracestate) ?? "")
  }

  /// The form for the next process: always version 00.
  public var traceparent: String {
    "00-\(trace)-\(Hex.text(span))-\(isSampled ? "01" : "00")"
  }

  /// Adds the context to a call's metadata, for the server that is called to go on with the trace.
  public func add(to metadata: inout Metadata) {
    metadata.add("traceparent", traceparent)
    if !state.isEmpty { metadata.add("tracestate", state) }
  }
}

/// The id of a trace: 16 bytes.
public struct TraceID: Sendable, Hashable, CustomStringConvertible {
  /// The first 8 bytes.
  public let high: UInt64
  /// The last 8 bytes, which are random in every trace.
  public let low: UInt64

  /// An id of its two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// 32 hexadecimal digits.
  public var description: String { Hex.text(high) + Hex.text(low) }
}

private let dash = UInt8(ascii: "-")

/// Lower-case hexadecimal digits, the only ones that the standard allows.
enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Nil when there is another character among them. At most 16 digits.
  static func number(_ text: ArraySlice<UInt8>) -> UInt64? {
    var number: UInt64 = 0
    for byte in text {
      switch byte {
      case 0x30...0x39: number = number << 4 | UInt64(byte - 0x30)
      case 0x61...0x66: number = number << 4 | UInt64(byte - 0x61 + 10)
      default: return nil
      }
    }
    return number
  }

  /// 16 digits.
  static func text(_ number: UInt64) -> String {
    String(decoding: stride(from: 60, through: 0, by: -4).map { digits[Int(number >> UInt64($0) & 15)] }, as: UTF8.self)
  }
}

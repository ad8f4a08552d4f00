import RPC
import Testing

@testable import Telemetry

@Suite struct TraceContextTests {
  static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  static let span = "00f067aa0ba902b7"
  static let good = "00-\(trace)-\(span)-01"

  @Test(arguments: [("01", true), ("00", false), ("03", true), ("fe", false), ("ff", true)])
  func `a well-formed parent is understood`(flags: String, isSampled: Bool) throws {
    let context = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-\(flags)"))
    #expect(context.trace == TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736))
    #expect(context.span == 0x00f0_67aa_0ba9_02b7)
    #expect(context.isSampled == isSampled)
    #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-\(isSampled ? "01" : "00")")
  }

  @Test(arguments: ["01-\(trace)-\(span)-01", "01-\(trace)-\(span)-01-more", "cc-\(trace)-\(span)-01-"])
  func `a later version may say more`(parent: String) {
    #expect(TraceContext(traceparent: parent)?.isSampled == true)
  }

  @Test(arguments: [
    "", "00", String(good.dropLast()), good + "0", good + "-", good + "-00", " " + good, good + " ",
    "ff-\(trace)-\(span)-01", "0-\(trace)-\(span)-01", "000-\(trace)-\(span)-01", "0g-\(trace)-\(span)-01",
    "00-\(String(repeating: "0", count: 32))-\(span)-01", "00-\(trace)-0000000000000000-01",
    "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01", "00-\(trace)-\(span)-0A",
    "0A-\(trace)-\(span)-01", "00_\(trace)_\(span)_01", "00-\(trace)-\(span)-0", "00-\(trace)-\(span)-0x",
    "00-\(trace.dropLast())-\(span)-01", "00-\(trace)0-\(span)-01", "00-\(trace)-\(span.dropLast())-01",
    "00-\(trace.dropLast())é-\(span)-01", "00-\(trace)-\(span)-.1", "01-\(trace)-\(span)-01more",
    "00-\(trace.dropLast())--\(span)-01", "00 \(trace) \(span) 01",
  ])
  func `anything else is worthless`(parent: String) {
    #expect(TraceContext(traceparent: parent) == nil)
  }

  @Test func `two parents are none`() {
    var metadata: Metadata = ["traceparent": Self.good]
    #expect(TraceContext(metadata) != nil)
    metadata.add("traceparent", Self.good)
    #expect(TraceContext(metadata) == nil)
    #expect(TraceContext([:]) == nil)
  }

  @Test(arguments: [
    (["rojo=00f067aa0ba902b7"], "rojo=00f067aa0ba902b7"),
    (["a=1,b=2", "c=3"], "a=1,b=2,c=3"),
    ([" a=1 ,\tb=2\t,,"], "a=1,b=2"),
    (["1tenant@system=x", "a_-*/=y z"], "1tenant@system=x,a_-*/=y z"),
    ([""], ""), ([], ""),
    ([String(repeating: "k", count: 256) + "=v"], String(repeating: "k", count: 256) + "=v"),
  ])
  func `a well-formed state is passed on`(values: [String], state: String) {
    #expect(TraceContext(traceparent: Self.good, tracestate: values)?.state == state)
  }

  @Test(arguments: [
    "a", "=1", "a=", "A=1", "1a=1", "a=1,a=2", "a=b=c", "a=\u{7}", "a=é", "@b=1", "a@=1", "a@b@c=1", "a b=1",
    "tenant@1system=x", "a@\(String(repeating: "s", count: 15))=x", String(repeating: "k", count: 257) + "=v",
    "a=" + String(repeating: "v", count: 257), (0..<33).map { "k\($0)=v" }.joined(separator: ","), "ok=1,bad",
  ])
  func `a malformed state is dropped, and the parent kept`(state: String) {
    let context = TraceContext(traceparent: Self.good, tracestate: [state])
    #expect(context?.state == "")
    #expect(context?.traceparent == Self.good)
  }

  @Test func `a long state loses its long members first, then its last ones`() {
    let long = "long=" + String(repeating: "v", count: 200)
    let short = (0..<20).map { "s\($0)=" + String(repeating: "v", count: 16) }
    let state = TraceContext(traceparent: Self.good, tracestate: [([long] + short).joined(separator: ",")])?.state ?? ""
    #expect(!state.contains("long"))
    #expect(state.hasPrefix("s0=") && state.utf8.count <= TraceState.bytesMax && state.contains("s19="))
    let full = (0..<32).map { "s\($0)=" + String(repeating: "v", count: 30) }.joined(separator: ",")
    let cut = TraceContext(traceparent: Self.good, tracestate: [full])?.state ?? ""
    #expect(full.hasPrefix(cut) && cut.utf8.count > TraceState.bytesMax - 40 && cut.utf8.count <= TraceState.bytesMax)
  }

  @Test func `a context is carried on in metadata`() throws {
    let context = try #require(TraceContext(traceparent: Self.good, tracestate: ["a=1"]))
    var metadata: Metadata = [:]
    context.add(to: &metadata)
    #expect(metadata["traceparent"] == Self.good)
    #expect(TraceContext(metadata) == context)
  }
}

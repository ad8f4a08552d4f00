import BenchAPI
import EventLoop
import Eventually
import Protobuf
import Synchronization
import Testing

@testable import RPC

/// What an interceptor can learn of a call.
@Suite struct InterceptorTests {
  struct Seen: Sendable, Equatable {
    var path: String
    var isKnown: Bool
    var status: StatusCode
    var traffic: [Int]
    var host: String?
    var note: String?
  }

  /// Leaves a note for those after it.
  struct NoteWriter: ServerInterceptor {
    static let note = CallLocal<String>()

    func intercept(_ call: Call, _ next: Method.Handler) async throws {
      call[Self.note] = "from the first"
      try await next(call)
    }
  }

  /// Adds the caller's name to the note, or refuses a caller without one.
  struct NamedGate: ServerGate {
    let name: String?

    func admit(_ call: Call) throws {
      guard let name else { throw RPCError(.permissionDenied, "not here") }
      call[NoteWriter.note] = "\(call[NoteWriter.note] ?? "") \(name)"
    }
  }

  /// Writes down what it hears of calls.
  struct Listener: ServerGate {
    let name: String
    let heard: Heard

    func admit(_ call: Call) { heard.add("\(name) begins") }
    func ended(_ call: Call, _ error: (any Error)?) {
      heard.add("\(name) ends \(call.status(after: error).name)")
    }
  }

  final class Heard: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  final class Observer: ServerInterceptor {
    private let seen = Mutex<[Seen]>([])
    var calls: [Seen] { seen.withLock { $0 } }

    func intercept(_ call: Call, _ next: Method.Handler) async throws {
      do {
        try await next(call)
        record(call, call.status(after: nil))
      } catch {
        record(call, call.status(after: error))
        throw error
      }
    }

    private func record(_ call: Call, _ status: StatusCode) {
      let traffic = call.traffic
      let counts = [traffic.messagesReceived, traffic.bytesReceived, traffic.messagesSent, traffic.bytesSent]
      let entry = Seen(
        path: call.path, isKnown: call.method != nil, status: status, traffic: counts, host: call.peer.host,
        note: call[NoteWriter.note])
      seen.withLock { $0.append(entry) }
    }
  }

  @Test func seesWhatBecameOfEveryCall() async throws {
    let observer = Observer()
    try await BenchBackend.run(interceptors: [NoteWriter(), observer]) { backend in
      _ = try await backend.echo("abc", bytes: 10)
      await expect(.internal) { _ = try await backend.echo("hidden") }
      await expect(.unimplemented) {
        let _: EchoReply = try await backend.channel.unary("/no.Such/Method", EchoRequest(in: Arena()))
      }
      try await eventually { observer.calls.count == 3 }
    }
    func seen(_ path: String, known: Bool, _ status: StatusCode, _ traffic: [Int]) -> Seen {
      Seen(path: path, isKnown: known, status: status, traffic: traffic, host: "127.0.0.1", note: "from the first")
    }
    #expect(
      observer.calls == [
        seen("/bench.v1.Bench/Echo", known: true, .ok, [1, 17, 1, 17]),
        seen("/bench.v1.Bench/Echo", known: true, .internal, [1, 8, 0, 0]),
        seen("/no.Such/Method", known: false, .unimplemented, [0, 0, 0, 0]),
      ])
  }

  @Test func gatesArePassedInTheirOrderAmongOtherInterceptors() async throws {
    let observer = Observer()
    let gates: [any ServerInterceptor] = [
      NamedGate(name: "a"), NamedGate(name: "b"), observer, NamedGate(name: "c"), NamedGate(name: "d"),
    ]
    try await BenchBackend.run(interceptors: gates) { backend in
      _ = try await backend.echo("abc")
      try await eventually { observer.calls.count == 1 }
    }
    #expect(observer.calls.map(\.note) == [" a b c d"])
  }

  @Test(arguments: [false, true])
  func gatesHearOfTheEndInTheOppositeOrder(behindALayer: Bool) async throws {
    let heard = Heard()
    let gates: [any ServerInterceptor] = ["a", "b"].map { Listener(name: $0, heard: heard) }
    try await BenchBackend.run(interceptors: (behindALayer ? [Observer()] : []) + gates) { backend in
      _ = try await backend.echo("abc")
      await expect(.internal) { _ = try await backend.echo("hidden") }
    }
    #expect(
      heard.all == [
        "a begins", "b begins", "b ends OK", "a ends OK",
        "a begins", "b begins", "b ends INTERNAL", "a ends INTERNAL",
      ])
  }

  @Test(arguments: [false, true])
  func gatesHearThatOneBehindThemRefused(behindALayer: Bool) async throws {
    let heard = Heard()
    let gates: [any ServerInterceptor] = [
      Listener(name: "a", heard: heard), NamedGate(name: nil), Listener(name: "b", heard: heard),
    ]
    try await BenchBackend.run(interceptors: (behindALayer ? [Observer()] : []) + gates) { backend in
      await expect(.permissionDenied) { _ = try await backend.echo("abc") }
    }
    #expect(heard.all == ["a begins", "a ends PERMISSION_DENIED"])
  }

  @Test func whatAGateRefusesIsNotHandled() async throws {
    let before = Observer()
    let behind = Observer()
    let refusing: [any ServerInterceptor] = [before, NamedGate(name: "a"), NamedGate(name: nil), behind]
    try await BenchBackend.run(interceptors: refusing) { backend in
      await expect(.permissionDenied) { _ = try await backend.echo("abc") }
      try await eventually { before.calls.count == 1 }
    }
    #expect(before.calls.map(\.status) == [.permissionDenied])
    #expect(behind.calls.isEmpty)
  }

  /// The server's own clock ends it: the caller has none here that could be first.
  @Test func aDeadlineThatPassesIsSeenAsOne() async throws {
    let observer = Observer()
    try await BenchBackend.run(interceptors: [observer]) { backend in
      var metadata: Metadata = [:]
      metadata.addAsIs("grpc-timeout", "50m")
      await expect(.deadlineExceeded) {
        _ = try await backend.echo("sleep", options: CallOptions(metadata: metadata))
      }
      try await eventually { observer.calls.map(\.status) == [.deadlineExceeded] }
    }
  }

  /// A caller whose clock is faster resets its call when its deadline has passed. Whether its reset or the timer is
  /// looked at first, when the loop has time again, is chance.
  @Test func aResetAfterTheDeadlineCountsAsTheDeadline() async throws {
    let observer = Observer()
    try await BenchBackend.run(interceptors: [observer]) { backend in
      _ = try await backend.echo("connects first")
      // Where the machine is busy, a deadline may pass before its call has come: that one was never seen.
      for _ in 0..<100 where observer.calls.count < 7 {
        await expect(.deadlineExceeded) {
          _ = try await backend.echo("busy", options: CallOptions(timeout: .milliseconds(50)))
        }
      }
      #expect(observer.calls.count >= 6)
      #expect(observer.calls.dropFirst().allSatisfy { $0.status == .deadlineExceeded })
    }
  }
}

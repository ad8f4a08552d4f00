import BenchAPI
import EventLoop
import Protobuf
import RPC
import Synchronization
import Testing

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
}

import EventLoop
import HTTPClient
import Platform
import RPC
import Synchronization
import Testing

/// A provider as bad as they get: it follows a script, request by request, and then works.
final class StandInProvider: Sendable {
  /// What happens to a request.
  enum Move: Sendable {
    /// It is carried out and answered.
    case answer
    /// It is carried out, and the answer is lost.
    case loseAnswer
    /// It is not carried out, and nobody answers.
    case ignore
    /// It is refused with a status.
    case refuse(Int)
  }

  /// So long nobody answers: longer than any test has patience.
  private static let silence: Duration = .seconds(60)
  /// An attempt has so long. It is what a lost answer costs a test.
  static let attemptLimit: Duration = .milliseconds(500)

  private struct State {
    var script: [Move]
    var keys: [String?] = []
  }

  private let group = EventLoopGroup(count: 1)
  private let server: RPCServer
  private let http: HTTPClient
  private let state: LockedState
  private let origin: String
  let client: ProviderClient

  private final class LockedState: Sendable {
    let value: Mutex<State>
    init(_ script: [Move]) { value = Mutex(State(script: script)) }
  }

  init(_ script: [Move], _ breaker: CircuitBreaker.Rules = CircuitBreaker.Rules()) async throws {
    let state = LockedState(script)
    self.state = state
    let route = HTTPRoute("POST", "/charges/{id}") { request in
      let move = state.value.withLock { state -> Move in
        state.keys.append(request.headers[ProviderRequest.keyField])
        return state.script.isEmpty ? .answer : state.script.removeFirst()
      }
      switch move {
      case .answer: return HTTPResponse(text: "charged")
      case .refuse(let status): return HTTPResponse(status: status, text: "no")
      case .loseAnswer, .ignore:
        try await EventLoop.current?.sleep(for: Self.silence)
        return HTTPResponse(status: 500, text: "never")
      }
    }
    server = RPCServer(group: group, services: [], routes: [route])
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    origin = "http://\(address)"
    http = HTTPClient(on: group.loops[0])
    client = ProviderClient("stand-in", http, on: group.loops[0], timeLimit: .seconds(30), breaker: breaker)
  }

  /// Asks it to charge.
  func charge(key: String?) async throws -> Int {
    var request = HTTPClientRequest("POST", origin + "/charges/7", body: Array("{}".utf8))
    request.timeout = Self.attemptLimit
    return try await client.send(key.map { ProviderRequest.changing(request, key: $0) } ?? .changingOnce(request))
      .status
  }

  /// The idempotency keys of the requests that arrived; nil of one without.
  var keys: [String?] { state.value.withLock { $0.keys } }
  /// The number of requests that arrived.
  var requests: Int { keys.count }

  /// It does not listen any more.
  func stopListening() async { await server.shutdown(grace: .zero) }

  static func run(
    _ script: [Move], _ breaker: CircuitBreaker.Rules = CircuitBreaker.Rules(),
    _ body: (StandInProvider) async throws -> Void
  ) async throws {
    let standIn = try await StandInProvider(script, breaker)
    let result: Result<Void, any Error>
    do { result = .success(try await body(standIn)) } catch { result = .failure(error) }
    await standIn.http.close()
    await standIn.server.shutdown(grace: .zero)
    await Task.detached { [group = standIn.group] in group.shutdown() }.value
    try result.get()
  }
}

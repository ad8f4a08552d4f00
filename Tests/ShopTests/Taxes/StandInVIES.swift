import EventLoop
import Platform
import RPC
import Synchronization
import Testing

@testable import Taxes

/// The VIES service, as bad as it gets: it follows a script, request by request, and then knows every number.
final class StandInVIES: Sendable {
  /// What happens to a request.
  enum Move: Sendable {
    /// It says whether the number is registered.
    case say(Bool)
    /// It speaks of another number.
    case lie
    /// It speaks of another country.
    case lieAboutCountry
    /// It answers with a status and a text.
    case answer(Int, String)
    /// Nobody answers in time.
    case ignore
  }

  /// So long nobody answers: longer than any test has patience.
  private static let silence: Duration = .seconds(60)

  /// Its state, by reference: the route has it before the server is made.
  private final class Script: Sendable {
    let value: Mutex<(moves: [Move], bodies: [String])>
    init(_ moves: [Move]) { value = Mutex((moves, [])) }
  }

  private let group = EventLoopGroup(count: 1)
  private let server: RPCServer
  private let script: Script
  /// Its address, for the setting.
  let url: String
  /// The loop of the clients that tests make.
  var loop: EventLoop { group.loops[0] }

  init(_ moves: [Move]) async throws {
    let script = Script(moves)
    self.script = script
    let route = HTTPRoute("POST", "/rest-api/check-vat-number") { request in
      let body = String(decoding: request.body, as: UTF8.self)
      let move = script.value.withLock { state -> Move in
        state.bodies.append(body)
        return state.moves.isEmpty ? .say(true) : state.moves.removeFirst()
      }
      return try await Self.response(to: body, move)
    }
    server = RPCServer(group: group, services: [], routes: [route])
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    url = "http://\(address)/rest-api"
  }

  private static func response(to body: String, _ move: Move) async throws -> HTTPResponse {
    func part(_ name: String) -> String {
      let parts = body.split(separator: "\"\(name)\":\"")
      return parts.count == 2 ? String(parts[1].prefix { $0 != "\"" }) : ""
    }
    func json(_ country: String, _ number: String, _ isValid: Bool) -> HTTPResponse {
      HTTPResponse(
        text: """
          {"countryCode": "\(country)", "vatNumber": "\(number)", "requestDate": "2027-01-01T00:00:00Z",
           "valid": \(isValid), "name": "---", "address": "---"}
          """, contentType: "application/json")
    }
    switch move {
    case .say(let isValid): return json(part("countryCode"), part("vatNumber"), isValid)
    case .lie: return json(part("countryCode"), "123456789", true)
    case .lieAboutCountry: return json("XX", part("vatNumber"), true)
    case .answer(let status, let text): return HTTPResponse(status: status, text: text)
    case .ignore:
      try await EventLoop.current?.sleep(for: silence)
      return HTTPResponse(status: 500, text: "never")
    }
  }

  /// The bodies of the requests that arrived.
  var bodies: [String] { script.value.withLock { $0.bodies } }

  static func run(_ moves: [Move], _ body: (StandInVIES) async throws -> Void) async throws {
    let standIn = try await StandInVIES(moves)
    let result: Result<Void, any Error>
    do { result = .success(try await body(standIn)) } catch { result = .failure(error) }
    await standIn.server.shutdown(grace: .zero)
    await Task.detached { [group = standIn.group] in group.shutdown() }.value
    try result.get()
  }
}

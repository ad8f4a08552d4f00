import EventLoop
import Foundation
import HTTPClient

/// The scripted server, which runs as long as this lives, a loop, and a client to ask it.
final class ScriptedServer: Sendable {
  let group = EventLoopGroup(count: 1)
  let client: HTTPClient
  let origin: String
  private let process: Process
  private let input: Pipe

  init(certificate: (chain: String, key: String)? = nil, configuration: HTTPClientConfiguration = .init()) throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "scripted_server.py")
    let output = Pipe()
    input = Pipe()
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", script.path] + (certificate.map { [$0.chain, $0.key] } ?? [])
    process.standardOutput = output
    process.standardInput = input
    try process.run()
    var line: [UInt8] = []
    while line.last != 0x0A {
      guard let more = try output.fileHandleForReading.read(upToCount: 1), !more.isEmpty else { throw Ended() }
      line += more
    }
    let port = String(decoding: line.dropLast(), as: UTF8.self)
    origin = "\(certificate == nil ? "http" : "https")://localhost:\(port)"
    client = HTTPClient(on: group.loops[0], configuration)
  }

  /// Runs `body` with a server that is stopped afterwards, whatever happens.
  static func run(
    certificate: (chain: String, key: String)? = nil, configuration: HTTPClientConfiguration = .init(),
    _ body: (ScriptedServer) async throws -> Void
  ) async throws {
    let server = try ScriptedServer(certificate: certificate, configuration: configuration)
    do {
      try await body(server)
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  func stop() async {
    await client.close()
    group.shutdown()
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  func get(_ path: String, _ change: (inout HTTPClientRequest) -> Void = { _ in }) async throws -> HTTPClientResponse {
    var request = HTTPClientRequest("GET", origin + path)
    change(&request)
    return try await client.send(request)
  }

  func ask(_ url: String) async throws -> HTTPClientResponse { try await client.send(HTTPClientRequest("GET", url)) }

  func echo(_ request: HTTPClientRequest) async throws -> Echo {
    try JSONDecoder().decode(Echo.self, from: Data(try await client.send(request).body))
  }

  /// How often a path was asked for.
  func count(of path: String) async throws -> Int {
    Int(String(decoding: try await get("/asked" + path).body, as: UTF8.self)) ?? -1
  }
}

struct Ended: Error {}

/// What the server saw.
struct Echo: Decodable {
  let method: String
  let headers: [[String]]
  let body: String
  let port: Int

  func values(_ name: String) -> [String] { headers.filter { $0[0] == name }.map { $0[1] } }
}

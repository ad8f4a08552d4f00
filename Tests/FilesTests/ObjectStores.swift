import EventLoop
import Foundation
import HTTPClient

@testable import Files

/// The object stores of `object_stores.py`, which run as long as this lives.
final class ObjectStores: Sendable {
  private let group = EventLoopGroup(count: 1)
  private let process: Process
  private let input = Pipe()
  private let client: HTTPClient
  private let ports: [String]

  /// Runs `body` with the stores, which are stopped afterwards.
  static func run(_ body: (ObjectStores) async throws -> Void) async throws {
    let stores = try ObjectStores()
    do {
      try await body(stores)
    } catch {
      await stores.stop()
      throw error
    }
    await stores.stop()
  }

  private init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    process = Process()
    process.executableURL = folder.appending(path: "../../.venv/bin/python")
    process.arguments = ["-B", folder.appending(path: "object_stores.py").path]
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = input
    try process.run()
    var line: [UInt8] = []
    while line.last != 0x0A {
      guard let more = try output.fileHandleForReading.read(upToCount: 1), !more.isEmpty else { throw Ended() }
      line += more
    }
    ports = String(decoding: line.dropLast(), as: UTF8.self).split(separator: " ").map(String.init)
    client = HTTPClient(on: group.loops[0])
  }

  private struct Ended: Error {}

  private func stop() async {
    await client.close()
    await Task.detached { [group, input, process] in
      group.shutdown()
      try? input.fileHandleForWriting.close()
      process.waitUntilExit()
    }.value
  }

  /// The bucket `media` of moto.
  var moto: S3Store { store(port: ports[0], bucket: "media") }

  /// A store that misbehaves.
  func misbehaving(_ how: String) -> S3Store { store(port: ports[1], bucket: how) }

  /// Puts to a URL without credentials.
  func put(_ bytes: [UInt8], to url: String) async throws -> Int {
    try await client.send(
      HTTPClientRequest("PUT", url, headers: [HTTPField("content-type", "image/jpeg")], body: bytes)
    ).status
  }

  private func store(port: String, bucket: String) -> S3Store {
    let host = "127.0.0.1:\(port)"
    return S3Store(
      S3Bucket(
        url: "http://\(host)/\(bucket)", host: host, path: "/\(bucket)", region: "us-east-1", keyID: "key",
        secret: "secret"), client: client)
  }
}

import EventLoop
import Foundation
import RPC
import Synchronization
import Testing

/// A server with a route that writes its response piece by piece, as the query says.
private final class PieceServer: Sendable {
  static let pieceBytes = 100_000

  /// Bytes that the route has written.
  final class Written: Sendable { let bytes = Atomic<Int>(0) }

  let counter = Written()
  let address: ListenAddress
  private let group = EventLoopGroup(count: 1)
  private let server: RPCServer

  init() async throws {
    let written = counter
    let pieces = HTTPRoute("GET", "/pieces") { (request: HTTPRequest, writer: HTTPResponseWriter) in
      func number(_ name: String) -> Int { request.queryItem(name).flatMap { Int($0) } ?? 0 }
      if request.queryItem("refused") != nil { throw RPCError(.notFound, "not here") }
      let count = number("count")
      guard writer.begin(status: 206, headers: ["x-a": "b"], length: number("promised")) else { return }
      while written.bytes.load(ordering: .relaxed) < count {
        let left = count - written.bytes.load(ordering: .relaxed)
        try await writer.write(Array(repeating: UInt8(ascii: "x"), count: min(left, Self.pieceBytes)))
        written.bytes.add(min(left, Self.pieceBytes), ordering: .relaxed)
      }
    }
    let fine = HTTPRoute("GET", "/healthz") { _ in HTTPResponse(text: "fine\n") }
    server = RPCServer(group: group, services: [], routes: [pieces, fine])
    address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
  }

  static func run(_ body: (PieceServer) async throws -> Void) async throws {
    let server = try await PieceServer()
    do {
      try await body(server)
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  private func stop() async {
    await server.shutdown(grace: .zero)
    await Task.detached { [group] in group.shutdown() }.value
  }

  func url(count: Int, promised: Int) -> String { "http://\(address)/pieces?count=\(count)&promised=\(promised)" }
}

@Suite struct HTTPResponseWriterTests {
  @Test("a response is read as it was written, and the connection serves the next request", arguments: [0, 1, 350_000])
  func whole(count: Int) async throws {
    try await PieceServer.run { server async throws in
      let caller = try TCPCaller(server.address)
      caller.send("GET /pieces?count=\(count)&promised=\(count) HTTP/1.1\r\nHost: a\r\n\r\n")
      let answer = caller.receive { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        return text.firstRange(of: "\r\n\r\n").map { text[$0.upperBound...].utf8.count >= count } ?? false
      }
      let text = String(decoding: answer.bytes, as: UTF8.self)
      #expect(text.hasPrefix("HTTP/1.1 206 Partial Content\r\n") && text.contains("content-length: \(count)\r\n"))
      #expect(text.contains("x-a: b\r\n") && text.utf8.filter { $0 == UInt8(ascii: "x") }.count == count + 1)
      #expect(caller.get("/healthz").hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test("a response to HEAD has no body")
  func head() async throws {
    try await PieceServer.run { server async throws in
      let caller = try TCPCaller(server.address)
      caller.send("HEAD /pieces?count=9&promised=9 HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(caller.receive().contains("content-length: 9\r\n"))
      #expect(caller.get("/healthz").hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test("an error before the head is answered as any error")
  func refused() async throws {
    try await PieceServer.run { server async throws in
      let caller = try TCPCaller(server.address)
      caller.send("GET /pieces?refused=1 HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(caller.receive(until: "not here\n").hasPrefix("HTTP/1.1 404"))
      #expect(caller.get("/healthz").hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test("a body of another length is never taken for a whole one", arguments: [(5, 6), (250_000, 249_999)])
  func wrongLengths(count: Int, promised: Int) async throws {
    try await PieceServer.run { server async throws in
      let caller = try TCPCaller(server.address)
      caller.send("GET /pieces?count=\(count)&promised=\(promised) HTTP/1.1\r\nHost: a\r\n\r\n")
      let answer = caller.receive { _ in false }
      #expect(answer.end != nil)
      let body = answer.bytes.filter { $0 == UInt8(ascii: "x") }.count
      #expect(body < promised)
    }
  }

  @Test("a slow reader is waited for, so that memory is bounded, and others are served meanwhile")
  func slowReader() async throws {
    try await PieceServer.run { server async throws in
      let count = 64 * 1024 * 1024
      let slow = try TCPCaller(server.address)
      slow.send("GET /pieces?count=\(count)&promised=\(count) HTTP/1.1\r\nHost: a\r\n\r\n")
      let first = slow.receive { !$0.isEmpty }
      #expect(try TCPCaller(server.address).get("/healthz").hasPrefix("HTTP/1.1 200"))
      // What the system's buffers of the two sockets hold, and what the server may be ahead.
      #expect(server.counter.bytes.load(ordering: .relaxed) < 16 * 1024 * 1024)
      let rest = slow.receive { [already = first.bytes.count] in already + $0.count >= count }
      #expect(first.bytes.count + rest.bytes.count >= count)
    }
  }

  @Test("it is the same over HTTP/2", arguments: [(350_000, 350_000, true), (5, 6, false), (250_000, 249_999, false)])
  func overHTTP2(count: Int, promised: Int, isWhole: Bool) async throws {
    try await PieceServer.run { server async throws in
      let curl = Process()
      let output = Pipe()
      curl.executableURL = URL(filePath: "/usr/bin/env")
      curl.arguments = ["curl", "--silent", "--http2-prior-knowledge", server.url(count: count, promised: promised)]
      curl.standardOutput = output
      try curl.run()
      let body = try output.fileHandleForReading.readToEnd() ?? Data()
      curl.waitUntilExit()
      #expect((curl.terminationStatus == 0) == isWhole)
      #expect((body.count == promised) == isWhole)
    }
  }
}

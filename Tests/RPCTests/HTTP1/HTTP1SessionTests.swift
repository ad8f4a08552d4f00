import EventLoop
import Glibc
import Testing

@testable import RPC

/// HTTP/1.1 on a server whose limits are small enough to meet.
@Suite struct HTTP1SessionTests {
  private static let answerMs: Int32 = 20_000
  private static let request = "POST /bench.v1.Bench/Echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"

  /// A connection to a server with these limits.
  private final class Caller {
    private let group = EventLoopGroup(count: 1)
    private let server: RPCServer
    private let fd: Int32

    init(_ limits: RPCLimits) throws {
      let bench = ScriptedBench(topic: Topic(group: group, capacity: 1))
      let failing = HTTPRoute("GET", "/fail") { request in
        throw request.queryItem("known") == "1" ? RPCError(.notFound, "not here") as any Error : Unforeseen(secret: "s")
      }
      let posted = HTTPRoute("POST", "/length") { HTTPResponse(text: "\($0.body.count)") }
      server = RPCServer(group: group, services: [bench], routes: [failing, posted], limits: limits)
      var ends: [Int32] = [-1, -1]
      try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
      fd = ends[0]
      // The server wants its sockets not to block.
      _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
      server.serve(connected: ends[1])
    }

    deinit { close(fd) }

    func stop() async {
      await server.shutdown(grace: .milliseconds(100))
      group.shutdown()
    }

    func send(_ text: String) { _ = text.withCString { Glibc.send(fd, $0, strlen($0), Int32(MSG_NOSIGNAL)) } }

    func endHalf() { shutdown(fd, Int32(SHUT_WR)) }

    /// What the server says, up to `end` or its last word.
    func receive(until end: String = "\r\n\r\n") -> String {
      var answer: [UInt8] = []
      var watched = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
      var piece = [UInt8](repeating: 0, count: 65_536)
      while !String(decoding: answer, as: UTF8.self).contains(end), poll(&watched, 1, HTTP1SessionTests.answerMs) > 0 {
        let count = recv(fd, &piece, piece.count, 0)
        if count <= 0 { break }
        answer += piece[..<count]
      }
      return String(decoding: answer, as: UTF8.self)
    }
  }

  private func with(_ limits: RPCLimits = RPCLimits(), _ body: (Caller) throws -> Void) async throws {
    let caller = try Caller(limits)
    do {
      try body(caller)
    } catch {
      await caller.stop()
      throw error
    }
    await caller.stop()
  }

  @Test func aServerThatIsFullSaysSo() async throws {
    var limits = RPCLimits()
    limits.callsMax = 0
    limits.callsReservedMax = 0
    try await with(limits) { caller in
      caller.send("\(Self.request)Content-Length: 2\r\n\r\n{}")
      let answer = caller.receive(until: "\n\n")
      #expect(answer.hasPrefix("HTTP/1.1 503 "))
      #expect(answer.contains("connection: close\r\n"))
    }
  }

  @Test func aStalledBodyIsNotWaitedForWithoutEnd() async throws {
    var limits = RPCLimits()
    limits.requestStallMax = .milliseconds(50)
    try await with(limits) { caller in
      caller.send("\(Self.request)Content-Length: 20\r\n\r\n{")
      let answer = caller.receive(until: "deadline_exceeded")
      #expect(answer.hasPrefix("HTTP/1.1 504 "))
      // The rest of the body is not waited for either.
      #expect(caller.receive(until: "more").contains("HTTP/1.1 408 "))
    }
  }

  @Test func routesFailInPlainWords() async throws {
    try await with { caller in
      caller.send("GET /fail?known=1 HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(caller.receive(until: "not here\n").hasPrefix("HTTP/1.1 404 "))
      caller.send("GET /fail HTTP/1.1\r\nHost: a\r\n\r\n")
      let answer = caller.receive(until: "call\n")
      #expect(answer.hasPrefix("HTTP/1.1 500 ") && !answer.contains("secret"))
    }
  }

  @Test func aRouteGetsABodyUpToTheLimit() async throws {
    var limits = RPCLimits()
    limits.requestBytesMax = 100
    try await with(limits) { caller in
      for (count, status) in [(100, "200"), (101, "413")] {
        let body = String(repeating: "a", count: count)
        caller.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n\(body)")
        #expect(
          caller.receive(until: status == "200" ? "\r\n\r\n100" : "limit of 100\n").hasPrefix("HTTP/1.1 \(status) "))
      }
    }
  }

  @Test func whoEndsItsHalfIsNotWorkedForWithoutEnd() async throws {
    var limits = RPCLimits()
    limits.halfClosedMax = .milliseconds(50)
    try await with(limits) { caller in
      let body = "{\"id\":\"sleep\"}"
      caller.send("\(Self.request)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
      caller.endHalf()
      let answer = caller.receive(until: "nothing follows")
      #expect(answer.hasPrefix("HTTP/1.1 499 ") && answer.contains("\"canceled\""))
    }
  }
}

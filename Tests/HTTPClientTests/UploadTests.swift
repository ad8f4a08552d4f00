import HTTPClient
import Synchronization
import Testing

@Suite("bodies that are sent piece by piece") struct UploadTests {
  private struct DiskFailure: Error {}

  private static func body(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) } }

  @Test(
    "arrive as they are, whatever the pieces", arguments: [(0, 1), (1, 1), (1_000, 7), (500_000, 65_536), (3, 100)])
  func whole(count: Int, pieceBytes: Int) async throws {
    try await ScriptedServer.run { server async throws in
      let fetched = Mutex((now: 0, most: 0))
      var request = HTTPClientRequest("PUT", server.origin + "/echo")
      request.upload = HTTPUpload(length: count) { offset in
        fetched.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        await Task.yield()
        fetched.withLock { $0.now -= 1 }
        return Array(Self.body(count)[offset...].prefix(pieceBytes))
      }
      let echo = try await server.echo(request)
      #expect(echo.method == "PUT" && echo.values("content-length") == ["\(count)"])
      let isSame = Array(echo.body.unicodeScalars).map { UInt8(truncatingIfNeeded: $0.value) } == Self.body(count)
      #expect(isSame)
      // One piece after another: no more is in memory.
      #expect(fetched.withLock { $0.most } == min(count, 1))
    }
  }

  @Test(
    "break the request off when a piece cannot be had, is empty, or too long", arguments: ["fails", "ends", "more"])
  func broken(how: String) async throws {
    try await ScriptedServer.run { server async throws in
      var request = HTTPClientRequest("PUT", server.origin + "/echo")
      request.upload = HTTPUpload(length: 100_000) { offset in
        if offset == 0 { return Self.body(50_000) }
        switch how {
        case "fails": throw DiskFailure()
        case "ends": return []
        default: return Self.body(50_001)
        }
      }
      let error = await #expect(throws: HTTPClientError.self) { try await server.client.send(request) }
      guard case .broken = error else {
        Issue.record("\(error as Any)")
        return
      }
      #expect(try await server.ask(server.origin + "/status/200").status == 200)
    }
  }

  @Test("belong to PUT alone, without another body")
  func faults() async throws {
    try await ScriptedServer.run { server async throws in
      for (method, body, length) in [("POST", [], 1), ("PUT", [1], 1), ("PUT", [], -1)] as [(String, [UInt8], Int)] {
        var request = HTTPClientRequest(method, server.origin + "/echo", body: body)
        request.upload = HTTPUpload(length: length) { _ in [1] }
        await #expect(throws: HTTPClientError.invalidRequest("an upload is the body of a PUT")) {
          try await server.client.send(request)
        }
      }
    }
  }
}

import EventLoop
import Eventually
import Foundation
import HTTPClient
import RPC
import Testing

@Suite struct HTTPClientTests {
  @Test(arguments: ["GET", "POST", "PUT", "DELETE", "PATCH"])
  func `a request arrives as it was made`(method: String) async throws {
    try await ScriptedServer.run { server async throws in
      let request = HTTPClientRequest(
        method, server.origin + "/echo",
        headers: [HTTPField("X-Empty", ""), HTTPField("X-Same", "1"), HTTPField("X-Same", "2, é")],
        body: method == "GET" ? [] : [0x61, 0x00, 0xFF])
      let echo = try await server.echo(request)
      #expect(echo.method == method)
      #expect(echo.body == (method == "GET" ? "" : "a\u{0}\u{FF}"))
      #expect(echo.values("x-same").count == 2)
      #expect(echo.values("x-empty") == [""])
      #expect(echo.values("expect") == [])
      #expect(echo.values("user-agent") == ["fastshop"])
      #expect(echo.values("accept-encoding") == [])
    }
  }

  @Test func `a response has its status, its fields and its body`() async throws {
    try await ScriptedServer.run { server async throws in
      let response = try await server.get("/echo")
      #expect(response.status == 200)
      #expect(response["content-TYPE"] == "application/json")
      #expect(response["x-twice"] == "padded")
      #expect(try await server.get("/status/503").status == 503)
      #expect(try await server.get("/nowhere").body == Array("nothing here".utf8))
      let head = try await server.get("/bytes/10") { $0.method = "HEAD" }
      #expect(head["content-length"] == "10")
      #expect(head.body.isEmpty)
    }
  }

  @Test func `a connection serves one request after another`() async throws {
    try await ScriptedServer.run { server async throws in
      let request = HTTPClientRequest("GET", server.origin + "/echo")
      let first = try await server.echo(request).port
      for _ in 0..<5 { #expect(try await server.echo(request).port == first) }
    }
  }

  @Test func `many requests at once share the connections that are allowed`() async throws {
    var configuration = HTTPClientConfiguration()
    configuration.connectionsPerHostMax = 3
    try await ScriptedServer.run(configuration: configuration) { server async throws in
      let ports = try await withThrowingTaskGroup(of: Int.self) { tasks in
        for _ in 0..<60 { tasks.addTask { try await server.echo(.init("GET", server.origin + "/echo")).port } }
        return try await tasks.reduce(into: Set<Int>()) { $0.insert($1) }
      }
      #expect(ports.count <= 3)
    }
  }

  // MARK: Bounds

  @Test func `a body may be as large as the limit and no larger`() async throws {
    try await ScriptedServer.run { server async throws in
      #expect(try await server.get("/bytes/5000") { $0.responseBytesMax = 5_000 }.body.count == 5_000)
      await #expect(throws: HTTPClientError.tooLarge(limit: 5_000)) {
        _ = try await server.get("/bytes/5001") { $0.responseBytesMax = 5_000 }
      }
      await #expect(throws: HTTPClientError.tooLarge(limit: 1_000_000)) {
        _ = try await server.get("/endless") { $0.responseBytesMax = 1_000_000 }
      }
    }
  }

  @Test func `a header may not be larger than the limit`() async throws {
    try await ScriptedServer.run { server async throws in
      #expect(try await server.get("/header/2000")["x-long"]?.count == 2_000)
      await #expect(throws: HTTPClientError.tooLarge(limit: 1_000)) {
        _ = try await server.get("/header/2000") { $0.responseHeaderBytesMax = 1_000 }
      }
      await #expect(throws: HTTPClientError.tooLarge(limit: 64 * 1024)) { _ = try await server.get("/headers") }
    }
  }

  @Test(arguments: ["/silent", "/drip"])
  func `a request ends when its time is over`(path: String) async throws {
    try await ScriptedServer.run { server async throws in
      await #expect(throws: HTTPClientError.timedOut) {
        _ = try await server.get(path) { $0.timeout = .milliseconds(200) }
      }
    }
  }

  @Test(arguments: ["/silent", "/drip"])
  func `a transfer that stalls ends long before its time is over`(path: String) async throws {
    try await ScriptedServer.run { server async throws in
      await #expect(throws: HTTPClientError.timedOut) {
        _ = try await server.get(path) {
          $0.timeout = .seconds(86_400)
          $0.stallLimit = HTTPStallLimit(bytesPerSecondMin: 10_000, seconds: 1)
        }
      }
    }
  }

  @Test func `more requests than allowed fail at once`() async throws {
    var configuration = HTTPClientConfiguration()
    configuration.requestsMax = 2
    try await ScriptedServer.run(configuration: configuration) { server async throws in
      // The one that asks below may have taken the place of one of these.
      let waiting = (0..<2).map { _ in
        Task {
          while true {
            do {
              _ = try await server.get("/silent") { $0.timeout = .seconds(60) }
              return
            } catch HTTPClientError.overloaded {
              try await Task.sleep(for: .milliseconds(1))
            }
          }
        }
      }
      try await eventually {
        do {
          _ = try await server.get("/echo")
          return false
        } catch HTTPClientError.overloaded(let limit) {
          return limit == 2
        }
      }
      for task in waiting {
        task.cancel()
        let error = await #expect(throws: (any Error).self) { _ = try await task.value }
        // It may have been about to ask again.
        #expect(error as? HTTPClientError == .cancelled || error is CancellationError)
      }
      // Their places are free once the loop has let go of them.
      try await eventually {
        do {
          return try await server.get("/echo").status == 200
        } catch HTTPClientError.overloaded {
          return false
        }
      }
    }
  }

  // MARK: What goes wrong

  @Test(arguments: ["/short", "/garbage", "/chunks", "/hangup"])
  func `what is no answer is an error that may be tried again`(path: String) async throws {
    try await ScriptedServer.run { server async throws in
      let error = await #expect(throws: HTTPClientError.self) { _ = try await server.get(path) }
      guard case .broken? = error else { return #expect(Bool(false), "it was \(String(describing: error))") }
      #expect(error?.isTransient == true)
      #expect(try await server.get("/echo").status == 200)
    }
  }

  @Test func `nobody listens there`() async throws {
    try await ScriptedServer.run { server async throws in
      for url in ["http://127.0.0.1:1/", "http://nowhere.invalid/"] {
        let error = await #expect(throws: HTTPClientError.self) { _ = try await server.ask(url) }
        guard case .unreachable? = error else { return #expect(Bool(false), "it was \(String(describing: error))") }
      }
    }
  }

  @Test(arguments: [
    HTTPClientRequest("GET", "file:///etc/hostname"), HTTPClientRequest("GET", "ftp://localhost/"),
    HTTPClientRequest("GET", "localhost"),
    HTTPClientRequest("GET", "http://local host/"), HTTPClientRequest("GET", "http://localhost/\r\nX: y"),
    HTTPClientRequest("GET /x HTTP/1.1\r\nX:", "http://localhost/"), HTTPClientRequest("", "http://localhost/"),
    HTTPClientRequest("GET", "http://localhost/", headers: [HTTPField("X", "a\r\nY: b")]),
    HTTPClientRequest("GET", "http://localhost/", headers: [HTTPField("X: y\r\nZ", "a")]),
    HTTPClientRequest("GET", "http://localhost/", headers: [HTTPField("X", "a\u{0}b")]),
    HTTPClientRequest("GET", "http://localhost:port/"),
  ])
  func `what would break out of its line is not sent`(request: HTTPClientRequest) async throws {
    let group = EventLoopGroup(count: 1)
    let client = HTTPClient(on: group.loops[0])
    let error = await #expect(throws: HTTPClientError.self) {
      let answer: Result<HTTPClientResponse, any Error>
      do { answer = .success(try await client.send(request)) } catch { answer = .failure(error) }
      _ = try answer.get()
    }
    guard case .invalidRequest? = error else { return #expect(Bool(false), "it was \(String(describing: error))") }
    await client.close()
    group.shutdown()
  }

  @Test func `cancelling breaks the exchange off`() async throws {
    try await ScriptedServer.run { server async throws in
      let task = Task { try await server.get("/silent") { $0.timeout = .seconds(86_400) } }
      try await eventually { try await server.count(of: "/silent") == 1 }
      task.cancel()
      await #expect(throws: HTTPClientError.cancelled) { _ = try await task.value }
      try await eventually { try await server.count(of: "/gone") == 1 }
      let early = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await server.get("/echo")
      }
      await #expect(throws: HTTPClientError.cancelled) { _ = try await early.value }
    }
  }

  @Test func `closing ends what is under way, and everything after it`() async throws {
    try await ScriptedServer.run { server async throws in
      let task = Task { try await server.get("/silent") { $0.timeout = .seconds(86_400) } }
      try await eventually { try await server.count(of: "/silent") == 1 }
      await server.client.close()
      await #expect(throws: HTTPClientError.closed) { _ = try await task.value }
      await #expect(throws: HTTPClientError.closed) { _ = try await server.get("/echo") }
    }
  }

  // MARK: Whom to trust

  @Test func `redirections are for who asks for them`() async throws {
    try await ScriptedServer.run { server async throws in
      let response = try await server.get("/redirect/echo")
      #expect(response.status == 302)
      #expect(response["location"] == "/echo")
      let followed = try await server.get("/redirect/redirect/echo") { $0.redirectsMax = 2 }
      #expect(followed.status == 200)
      #expect(followed["location"] == nil)
      for path in ["/around", "/file"] {
        await #expect(throws: HTTPClientError.self) { _ = try await server.get(path) { $0.redirectsMax = 3 } }
      }
    }
  }

  @Test func `a certificate must be trusted and be the server's`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fastshop-http-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let made = try DevelopmentCertificate.make(in: folder.path)
    let pair = (chain: made.certificatePath, key: made.privateKeyPath)
    try await ScriptedServer.run(certificate: pair) { server async throws in
      let error = await #expect(throws: HTTPClientError.self) { _ = try await server.get("/echo") }
      guard case .insecure? = error else { return #expect(Bool(false), "it was \(String(describing: error))") }
      #expect(error?.isTransient == false)
    }
    var trusting = HTTPClientConfiguration()
    trusting.trustedCertificatesPath = made.certificatePath
    try await ScriptedServer.run(certificate: pair, configuration: trusting) { server async throws in
      #expect(try await server.get("/echo").status == 200)
      let stranger = server.origin.replacing("localhost", with: "127.0.0.2")
      let error = await #expect(throws: HTTPClientError.self) {
        _ = try await server.ask(stranger + "/echo")
      }
      guard case .insecure? = error else { return #expect(Bool(false), "it was \(String(describing: error))") }
    }
  }

  @Test func `the environment's proxies are not asked`() async throws {
    // In a process of its own: an environment must not change while other tests read it.
    await #expect(processExitsWith: .success) {
      setenv("http_proxy", "http://127.0.0.1:1", 1)
      setenv("ALL_PROXY", "http://127.0.0.1:1", 1)
      try await ScriptedServer.run { server async throws in
        #expect(try await server.get("/echo").status == 200)
      }
    }
    var configuration = HTTPClientConfiguration()
    configuration.proxy = "http://127.0.0.1:1"
    try await ScriptedServer.run(configuration: configuration) { server async throws in
      await #expect(throws: HTTPClientError.self) { _ = try await server.get("/echo") }
    }
  }
}

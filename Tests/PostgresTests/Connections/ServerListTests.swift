import EventLoop
import Eventually
import Synchronization
import Testing

@testable import Postgres

@Suite struct ServerListTests {
  typealias Server = ServerList.Server

  static func servers(_ url: String) throws -> [Server]? {
    ServerList(try ConnectTarget(url: url, applicationName: "test").settings)?.servers
  }

  @Test(arguments: [
    ("postgres://one/x", [Server(host: "one")]),
    ("postgres://one:7/x", [Server(host: "one", port: "7")]),
    ("postgres://one,two/x", [Server(host: "one"), Server(host: "two")]),
    ("postgres://one:7,two:8/x", [Server(host: "one", port: "7"), Server(host: "two", port: "8")]),
    ("postgres://one,two:8/x", [Server(host: "one"), Server(host: "two", port: "8")]),
    ("host=one,two port=9 dbname=x", [Server(host: "one", port: "9"), Server(host: "two", port: "9")]),
    ("hostaddr=127.0.0.1,127.0.0.2", [Server(address: "127.0.0.1"), Server(address: "127.0.0.2")]),
    ("host=/run/one,/run/two port=1,2", [Server(host: "/run/one", port: "1"), Server(host: "/run/two", port: "2")]),
  ])
  func `a connection string names servers`(_ url: String, _ expected: [Server]) throws {
    #expect(try Self.servers(url) == expected)
  }

  @Test(arguments: ["host=one,two port=1,2,3", "host=one,two hostaddr=127.0.0.1"])
  func `lists that do not fit together are left to libpq`(_ url: String) throws {
    #expect(try Self.servers(url) == nil)
  }

  @Test func `a name has all its addresses, and an unknown one says so`() throws {
    let list = try #require(
      ServerList(
        try ConnectTarget(url: "postgres://localhost:1,there-is-none.invalid/x", applicationName: "").settings))
    let lookups = list.names.map { ($0, ServerList.addresses(of: $0)) }
    let found = list.located(by: Dictionary(uniqueKeysWithValues: lookups))
    #expect(found.servers.contains(Server(host: "localhost", address: "127.0.0.1", port: "1")))
    #expect(found.problems.count == 1)
    #expect(found.problems[0].contains("there-is-none.invalid"))
  }

  @Test func `a name whose lookup takes long holds up no other, and is not looked up again meanwhile`() async throws {
    let blocked = Semaphore()
    let lookups = Mutex<[String]>([])
    let workers = OffLoopWorkers(count: 2, named: "test")
    try await Task(executorPreference: loops.loops[0]) {
      let shared = SharedLookups(workers) { name in
        lookups.withLock { $0.append(name) }
        if name == "slow" { blocked.wait() }
        return .success(["address of \(name)"])
      }
      let names = NameLookups(on: loops.loops[0], sharing: shared)
      for _ in 0..<3 {
        let found = await names.addresses(of: ["slow", "good", "other"], within: .milliseconds(500))
        #expect(found.keys.sorted() == ["good", "other"])
        #expect(try found["good"]?.get() == ["address of good"])
      }
      let ofSlow = lookups.withLock { all in all.count { $0 == "slow" } }
      #expect(ofSlow == 1)
      blocked.signal()
      let found = await names.addresses(of: ["slow", "good"], within: .seconds(60))
      #expect(try found["slow"]?.get() == ["address of slow"])
      let list = try #require(ServerList(["host": "slow,good"]))
      let (servers, problems) = list.located(by: ["good": .success(["1.2.3.4"])])
      #expect(servers == [Server(host: "good", address: "1.2.3.4")] && problems.count == 1)
    }.value
    await Task.detached { workers.shutdown() }.value
  }

  @Test func `a name that takes long has one thread, however many loops ask for it`() async throws {
    let blocked = Semaphore()
    let ofSlow = Mutex(0)
    let workers = OffLoopWorkers(count: 2, named: "test")
    let shared = SharedLookups(workers) { name in
      guard name == "slow" else { return .success([]) }
      ofSlow.withLock { $0 += 1 }
      blocked.wait()
      return .success(["1.2.3.4"])
    }
    try await Task(executorPreference: loops.loops[0]) {
      // More than the threads that may be blocked.
      let all = (0..<OffLoopWorkers.blockedThreadsMax + 4).map { _ in
        NameLookups(on: loops.loops[0], sharing: shared)
      }
      while ofSlow.withLock({ $0 }) == 0 { _ = await all[0].addresses(of: ["slow"], within: .milliseconds(1)) }
      for names in all {
        let found = await names.addresses(of: ["slow"], within: .milliseconds(1))
        #expect(found.isEmpty)
      }
      let found = await all[0].addresses(of: ["good"], within: .seconds(60))
      #expect(try found["good"]?.get() == [])
      blocked.signal()
      for names in all { try await eventually { !names.isLookingUp } }
      #expect(ofSlow.withLock { $0 } == 1)
      // An answer that came late is not thrown away, and given once.
      let late = await all[1].addresses(of: ["slow"], within: .seconds(60))
      #expect(try late["slow"]?.get() == ["1.2.3.4"])
      #expect(ofSlow.withLock { $0 } == 1)
      blocked.signal()
      _ = await all[1].addresses(of: ["slow"], within: .seconds(60))
      #expect(ofSlow.withLock { $0 } == 2)
    }.value
    await Task.detached { workers.shutdown() }.value
  }

  @Test func `a connection finds out that its peer is gone, and wants no replica, unless told otherwise`() throws {
    let usual = try ConnectTarget(url: "postgres://one/x", applicationName: "")
    #expect(usual.settings["tcp_user_timeout"] == "15000")
    #expect(usual.settings["keepalives_idle"] == "10")
    #expect(usual.wantsPrimary)
    #expect(usual.connectTimeout == nil)
    let own = try ConnectTarget(
      url: "postgres://one/x?tcp_user_timeout=1&target_session_attrs=any&connect_timeout=7", applicationName: "")
    #expect(own.settings["tcp_user_timeout"] == "1")
    #expect(!own.wantsPrimary)
    #expect(own.connectTimeout == .seconds(7))
  }

  @Test func `a silent server is told from a slow statement by default`() {
    let usual = DatabaseConfiguration(url: "")
    #expect(usual.unresponsiveAfter > usual.statementTimeout)
    #expect(usual.unresponsiveAfter > usual.lockTimeout)
    #expect(usual.unresponsiveAfter <= .seconds(20))
    #expect(usual.probeUnresponsiveAfter <= .seconds(5))
  }
}

package import EventLoop
internal import HTTPClient
internal import Logging
package import Platform
package import Postgres
package import RPC
internal import Synchronization

/// Who uses the shop, and how they prove it.
package final class IdentityRoom: Sendable {
  /// Keys are looked at this often: well within the time that a new one is announced before it signs.
  private static let keyInterval: Duration = .seconds(30)
  private static let pauseAfterFailure: Duration = .seconds(2)
  /// What has ended is forgotten this often.
  private static let sweepInterval: Duration = .seconds(3_600)
  private static let startPatience: Duration = .seconds(10)
  private static let startPause: Duration = .milliseconds(2)

  private let group: EventLoopGroup
  private let settings: IdentitySettings
  private let vault: Vault
  private let post: any Post
  let hasher = PasswordHasher()
  private let directories: CallerDirectories
  private let running = Mutex<Task<Void, Never>?>(nil)
  private let providerClient: HTTPClient
  private let programs: LoopBound<WakeUp>
  private let programTask = Mutex<Task<Void, Never>?>(nil)

  /// A room for the servers of `group`. `vault` seals the secrets in the database; `post` takes the letters.
  package init(group: EventLoopGroup, settings: IdentitySettings, vault: Vault, post: any Post) {
    self.group = group
    self.settings = settings
    self.vault = vault
    self.post = post
    directories = CallerDirectories(group, settings)
    var web = HTTPClientConfiguration()
    web.trustedCertificatesPath = settings.external.authorityPath
    providerClient = HTTPClient(on: group.loops[0], web)
    programs = LoopBound(WakeUp(loop: group.loops[0]), on: group.loops[0])
  }

  /// Finds out who calls.
  package var authenticator: any Authenticator { directories }

  /// What the room wants to hear of the event log.
  package var observers: [EventObserver] { events.observers }

  private var providers: [OpenIDProvider] {
    settings.external.providers.map { OpenIDProvider($0, providerClient, on: group.loops[0]) }
  }

  private var events: IdentityEvents {
    IdentityEvents(directories: directories) { [programs] in programs.value.call() }
  }

  /// The room's services; `hub` must have been given the room's observers.
  package func services(_ hub: EventHub) -> [any RPCService] {
    let desk = Reception(
      settings: settings, hasher: hasher, directories: directories, vault: vault, post: post, hub: hub)
    return [
      AuthEndpoint(desk: desk), SessionEndpoint(desk: desk), SecondFactorEndpoint(desk: desk),
      AccountEndpoint(desk: desk), UserEndpoint(desk: desk), RoleEndpoint(desk: desk),
      InvitationEndpoint(desk: desk), ProgramEndpoint(desk: desk), DeviceEndpoint(desk: desk),
      ExternalSignInEndpoint(desk: desk, providers: providers),
    ]
  }

  /// `GET /.well-known/jwks.json`: the keys that verify our access tokens, for whoever else takes them.
  package var route: HTTPRoute {
    HTTPRoute("GET", "/.well-known/jwks.json") { [directories, group] _ in
      let loop = EventLoop.current ?? group.loops[0]
      var response = HTTPResponse(text: directories.keys(on: loop).json(at: .now), contentType: "application/json")
      response.headers.add("cache-control", "public, max-age=300")
      return response
    }
  }

  /// Learns the keys and what has ended lately; returns once callers can be told apart. `hub` has begun to read.
  package func start(_ hub: EventHub) async throws {
    let loop = group.loops[0]
    try await Task(executorPreference: loop) { [self] in
      var waited: Duration = .zero
      while hub.place(on: loop).cursor == nil && waited < Self.startPatience {
        try await loop.sleep(for: Self.startPause)
        waited += Self.startPause
      }
      guard let database = loop.database else { throw PostgresError.unavailable }
      try await learnKeys(database)
      try await learnPrograms(database)
      try await recallEndings(database)
      directories.tell { $0.hub = hub }
    }.value
    running.withLock { $0 = Task(executorPreference: loop) { [self] in await keepUp(loop) } }
    programTask.withLock { $0 = Task(executorPreference: loop) { [self] in await keepPrograms(loop) } }
  }

  /// The database's clock was set: other keys may be needed, and tokens are good for another while than before.
  package func clockStepped(_ database: Database) async throws {
    try await learnKeys(database)
    try await recallEndings(database)
  }

  /// Learns what has ended while tokens that are good now could have been made.
  private func recallEndings(_ database: Database) async throws {
    let since = Instant.now - settings.accessLifetime - SigningKeySchedule.clockSkew
    try await events.recall(database, since: since)
  }

  /// Ends what ``start(_:)`` began.
  package func stop() async {
    let tasks = [running.withLock { $0 }, programTask.withLock { $0 }]
    for task in tasks { task?.cancel() }
    group.loops[0].execute { [programs] in programs.value.call() }
    for task in tasks { await task?.value }
    await providerClient.close()
  }

  private func keepUp(_ loop: EventLoop) async {
    let log = Logger(label: "fastshop.identity")
    var sinceSweep = Self.sweepInterval
    while !Task.isCancelled {
      var pause = Self.keyInterval
      do {
        guard let database = loop.database else { throw PostgresError.unavailable }
        try await learnKeys(database)
        if sinceSweep >= Self.sweepInterval {
          try await IdentityUpkeep.sweep(database)
          sinceSweep = .zero
        }
      } catch {
        if Task.isCancelled { return }
        log.warning("the keys of access tokens could not be read", metadata: ["reason": "\(error)"])
        pause = Self.pauseAfterFailure
      }
      try? await loop.sleep(for: pause)
      sinceSweep += pause
    }
  }

  /// Reads the programs again whenever somebody changed them, and notes which keys were used.
  private func keepPrograms(_ loop: EventLoop) async {
    let log = Logger(label: "fastshop.identity")
    while !Task.isCancelled {
      await programs.value.wait(atMost: Self.keyInterval)
      if Task.isCancelled { return }
      do {
        guard let database = loop.database else { throw PostgresError.unavailable }
        try await learnPrograms(database)
        try await IdentityUpkeep.noteUse(of: await directories.takeUsedKeys(), database, at: .now)
      } catch {
        log.warning("the keys of programs could not be read", metadata: ["reason": "\(error)"])
        try? await loop.sleep(for: Self.pauseAfterFailure)
      }
    }
  }

  private func learnPrograms(_ database: Database) async throws {
    let all = try await Program.all(database, at: .now)
    directories.tell { $0.programs.replace(all) }
  }

  private func learnKeys(_ database: Database) async throws {
    let keys = try await SigningKeys(vault: vault, settings: settings).keepUp(database, at: .now)
    directories.tell { $0.learn(keys) }
  }
}

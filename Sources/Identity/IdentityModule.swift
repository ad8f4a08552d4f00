package import EventLoop
internal import HTTPClient
internal import Logging
package import Platform
internal import Postgres
package import RPC
internal import Synchronization

/// Who uses the shop, and how they prove it.
package final class IdentityModule: Sendable {
  /// The use of API keys is noted this often, and whenever programs change.
  private static let useInterval: Duration = .seconds(30)
  private static let pauseAfterFailure: Duration = .seconds(2)
  /// What has ended is forgotten this often.
  private static let sweepInterval: Duration = .seconds(3_600)

  private let group: EventLoopGroup
  private let settings: IdentitySettings
  private let vault: Vault
  private let mailer: any AccountMailer
  let hasher = PasswordHasher()
  private let directories: CallerDirectories
  private let running = Mutex<Task<Void, Never>?>(nil)
  private let providerClient: HTTPClient
  let revocations: RevocationReader
  private let keepUpSoon: LoopBound<WakeUp>

  /// A room for the servers of `group`. `vault` seals the secrets in the database; `post` takes the letters.
  package init(group: EventLoopGroup, settings: IdentitySettings, vault: Vault, mailer: any AccountMailer) {
    self.group = group
    self.settings = settings
    self.vault = vault
    self.mailer = mailer
    directories = CallerDirectories(group, settings)
    var web = HTTPClientConfiguration()
    web.trustedCertificatesPath = settings.external.authorityPath
    providerClient = HTTPClient(on: group.loops[0], web)
    let keepUpSoon = LoopBound(WakeUp(loop: group.loops[0]), on: group.loops[0])
    self.keepUpSoon = keepUpSoon
    revocations = RevocationReader(
      directories, on: group.loops[0], lifetime: settings.accessLifetime, SigningKeys(vault: vault, settings: settings)
    ) { keepUpSoon.value.call() }
  }

  /// Finds out who calls.
  package var authenticator: any Authenticator { directories }

  /// What the room wants to hear of the event log.
  package var observers: [EventObserver] { IdentityEvents { [revocations] in revocations.wake() }.observers }

  private var providers: [OpenIDProvider] {
    settings.external.providers.map { OpenIDProvider($0, providerClient, on: group.loops[0]) }
  }

  /// The room's services; `hub` must have been given the room's observers.
  package func services(_ hub: EventHub) -> [any RPCService] {
    let context = IdentityContext(
      settings: settings, hasher: hasher, directories: directories, vault: vault, mailer: mailer, hub: hub,
      revocations: revocations)
    return [
      AuthHandlers(context: context), SessionHandlers(context: context), SecondFactorHandlers(context: context),
      AccountHandlers(context: context), UserHandlers(context: context), RoleHandlers(context: context),
      InvitationHandlers(context: context), ClientCredentialHandlers(context: context),
      DeviceHandlers(context: context),
      ExternalSignInHandlers(context: context, providers: providers),
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

  /// Learns the keys and what has ended lately; returns once callers can be told apart.
  package func start() async throws {
    let loop = group.loops[0]
    try await revocations.start()
    running.withLock { $0 = Task(executorPreference: loop) { [self] in await keepUp(loop) } }
  }

  /// The database's clock was set: other keys may be needed, and tokens are good for another while than before.
  package func clockStepped() async { await revocations.startOver() }

  /// Ends what ``start()`` began.
  package func stop() async {
    let task = running.withLock { $0 }
    task?.cancel()
    group.loops[0].execute { [keepUpSoon] in keepUpSoon.value.call() }
    await task?.value
    await revocations.stop()
    await providerClient.close()
  }

  /// Notes which keys were used, and forgets what has ended.
  private func keepUp(_ loop: EventLoop) async {
    let log = Logger(label: "fastshop.identity")
    var sweepAt = ContinuousClock.now
    while !Task.isCancelled {
      do {
        guard let database = loop.database else { throw PostgresError.unavailable }
        try await IdentityUpkeep.noteUse(of: await directories.takeUsedKeys(), database, at: .now)
        if ContinuousClock.now >= sweepAt {
          try await IdentityUpkeep.sweep(database)
          sweepAt = .now + Self.sweepInterval
        }
      } catch {
        if Task.isCancelled { return }
        log.warning("expired records could not be deleted", metadata: ["reason": "\(error)"])
        try? await loop.sleep(for: Self.pauseAfterFailure)
      }
      await keepUpSoon.value.wait(atMost: Self.useInterval)
    }
  }
}

package import EventLoop
internal import HTTPClient
internal import Logging
package import Platform
internal import Postgres
package import RPC

/// The accounts of the shop, and how callers authenticate.
package final class IdentityModule: ShopModule {
  package static let sealedColumns = SealedColumns.all
  package static let plaintextColumns = [PersonalColumns.clearAddresses, PersonalColumns.clearPhones]

  /// The last use of API keys is recorded this often, and whenever client credentials change.
  private static let useInterval: Duration = .seconds(30)
  private static let pauseAfterFailure: Duration = .seconds(2)

  private let group: EventLoopGroup
  private let settings: IdentitySettings
  private let vault: Vault
  private let mailer: any AccountMailer
  let hasher: PasswordHasher
  private let directories: CallerDirectories
  private let noting: LoopTask
  private let providerClient: HTTPClient
  let providers: [OpenIDProvider]
  let revocations: RevocationReader
  private let noteUseSoon: LoopBound<WakeUp>

  /// A module for the servers of `group`. `vault` seals the secrets in the database. `mailer` sends the e-mails.
  package init(group: EventLoopGroup, settings: IdentitySettings, vault: Vault, mailer: any AccountMailer) {
    self.group = group
    self.settings = settings
    hasher = PasswordHasher(cost: settings.passwordCost)
    self.vault = vault
    self.mailer = mailer
    directories = CallerDirectories(group, settings)
    noting = LoopTask(on: group.loops[0])
    var web = HTTPClientConfiguration()
    web.trustedCertificatesPath = settings.external.authorityPath
    let providerClient = HTTPClient(on: group.loops[0], web)
    self.providerClient = providerClient
    providers = settings.external.providers.map { OpenIDProvider($0, providerClient, on: group.loops[0]) }
    let noteUseSoon = LoopBound(WakeUp(loop: group.loops[0]), on: group.loops[0])
    self.noteUseSoon = noteUseSoon
    revocations = RevocationReader(
      directories, on: group.loops[0], lifetime: settings.accessLifetime, SigningKeys(vault: vault, settings: settings)
    ) { noteUseSoon.value.call() }
  }

  package var authenticator: (any Authenticator)? { directories }

  package var observers: [EventObserver] { IdentityEvents { [revocations] in revocations.wake() }.observers }

  package var chores: [Chore] { IdentityUpkeep.chores }

  package var consumers: [Consumer] { [LockOutMails(mailer: mailer).consumer] }

  package func services(_ hub: EventHub) -> [any RPCService] {
    let context = IdentityContext(
      settings: settings, hasher: hasher, directories: directories, vault: vault, mailer: mailer,
      revocations: revocations)
    return [
      AuthHandlers(context: context), SessionHandlers(context: context), SecondFactorHandlers(context: context),
      AccountHandlers(context: context), UserHandlers(context: context), RoleHandlers(context: context),
      InvitationHandlers(context: context), APIKeyHandlers(context: context),
      ClientCertificateHandlers(context: context),
      DeviceHandlers(context: context),
      ExternalSignInHandlers(context: context, providers: providers),
    ]
  }

  package var routes: [HTTPRoute] { [keysRoute] }

  /// `GET /.well-known/jwks.json`: the public keys that verify access tokens, for other services.
  private var keysRoute: HTTPRoute {
    HTTPRoute("GET", "/.well-known/jwks.json") { [directories, group] _ in
      let loop = EventLoop.current ?? group.loops[0]
      var response = HTTPResponse(text: directories.keys(on: loop).json(at: .now), contentType: "application/json")
      response.headers.add("cache-control", "public, max-age=300")
      return response
    }
  }

  /// Reads the signing keys and the recent revocations. Returns when callers can be authenticated.
  package func start() async throws {
    try await revocations.start()
    noting.start { [self] in await noteUse(group.loops[0]) }
  }

  /// The clock of the database was set: other signing keys may be valid, and tokens may expire at another time.
  package func clockStepped() async { await revocations.startOver() }

  package func stop(grace: Duration) async {
    await noting.stop()
    await revocations.stop()
    await providerClient.close()
  }

  /// Records the use of API keys.
  private func noteUse(_ loop: EventLoop) async {
    let log = Logger(label: "fastshop.identity")
    while !Task.isCancelled {
      do {
        guard let database = loop.database else { throw PostgresError.unavailable }
        try await IdentityUpkeep.noteUse(of: await directories.takeUsedKeys(), database, at: .now)
      } catch {
        if Task.isCancelled { return }
        log.warning("the use of API keys could not be recorded", metadata: ["reason": "\(error)"])
        try? await loop.sleep(for: Self.pauseAfterFailure)
      }
      await noteUseSoon.value.wait(atMost: Self.useInterval)
    }
  }
}

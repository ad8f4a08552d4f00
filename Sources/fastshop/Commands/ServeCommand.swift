import ArgumentParser
import DemoShop
import EventLoop
import FoundationEssentials
import Identity
import Logging
import Platform
import Processes

/// `fastshop serve`: the server.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run the server until SIGTERM or Ctrl-C.",
    discussion: """
      Without a database URL it runs an embedded Postgres, which starts and stops with it. Flags take precedence over \
      the environment: DATABASE_URL, FASTSHOP_DATA_DIR, FASTSHOP_LISTEN, FASTSHOP_TLS_LISTEN, FASTSHOP_LOOPS, \
      FASTSHOP_DRAIN_SECONDS, FASTSHOP_LOG_LEVEL, FASTSHOP_LOG_FORMAT, and so on: the name of the flag in capitals.

      The process is a supervisor. It starts a worker, which serves, and restarts it when it dies.

      SIGTERM and Ctrl-C wait for open calls; a second signal ends them at once. SIGHUP reloads the TLS files. SIGUSR2 \
      upgrades to the program that is now at this program's path.
      """)

  /// The e-mail address of a demo shop's administrator.
  private static let demoAdmin = "admin@example.com"

  @Flag(
    help: """
      If the shop is empty, fill it with demo products first and, with FASTSHOP_ADMIN_PASSWORD, create the \
      administrator admin@example.com.
      """)
  var demo = false

  @OptionGroup(title: "Serving")
  var options: ServeOptions

  @OptionGroup(title: "TLS")
  var tls: TLSOptions

  @OptionGroup(title: "Connections")
  var connections: ConnectionOptions

  @OptionGroup(title: "Limits")
  var limits: LimitOptions

  @OptionGroup(title: "Database")
  var database: DatabaseOptions

  @OptionGroup(title: "Sign-in")
  var signIn: SignInOptions

  @OptionGroup(title: "Telemetry")
  var telemetry: TelemetryOptions

  @OptionGroup(title: "Mail")
  var mail: MailOptions

  @OptionGroup(title: "Images")
  var media: MediaOptions

  @OptionGroup(title: "Audit log")
  var audit: AuditOptions

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  func run() async throws {
    OwnProgram.openStandardStreams()
    var environment = ProcessInfo.processInfo.environment
    let handedOver = environment.removeValue(forKey: SupervisorState.variable)
    let settings = try CommandFailure.exitOnError { try self.settings(environment) }
    guard settings.serve.isSupervised else {
      DescriptorLimit.raise()
      let shop = try CommandFailure.exitOnError { try ShopProcess(settings, nil, log: Logger(label: "fastshop")) }
      return try await Serving(shop).run(Serving.ordersOfSignals()) { places in
        Announcement.listening(places, Logger(label: "fastshop"))
      }
    }
    var supervisor = try CommandFailure.exitOnError {
      guard let handedOver else { return try Supervisor(settings, environment: environment) }
      return try Supervisor(settings, SupervisorState(handedOver), environment: environment)
    }
    try await supervisor.run()
  }

  /// Checks all settings, and begins to log as they say.
  /// - Throws: what is wrong with them.
  func settings(_ environment: [String: String], isWorker: Bool = false) throws -> ShopSettings {
    try LogSettings(logs, environment: environment).install(warningOf: isWorker ? [:] : environment)
    let place = try DatabaseSettings(database, environment: environment)
    ShopDatabase.keepVariables(for: place)
    let images = try ImageSettings(media, dataDirectory: place.dataDirectory, environment: environment)
    let serve = try ServeSettings(options, tls, connections, environment: environment)
    try Self.checkAddressSpace(loops: serve.loops)
    var identity = try IdentitySettings(signIn, environment: environment)
    if identity.isSiteOurOwn, let own = serve.ownURL { identity.siteURL = own }
    return ShopSettings(
      serve: serve, database: place,
      telemetry: try TelemetrySettings(telemetry, environment: environment),
      mail: try MailSettings(mail, dataDirectory: place.dataDirectory, environment: environment),
      limits: try LimitSettings(limits, SettingSource(environment: environment)),
      identity: identity,
      audit: try AuditSettings(audit, environment: environment),
      images: images, demo: demo ? try demoSeeding(environment, images, in: serve.currency) : nil)
  }

  /// Reports a limit of the address space that is too small for the server, which would crash.
  /// - Throws: the setting and what it must be.
  static func checkAddressSpace(loops: Int) throws(SettingError) {
    let needed = AddressSpaceLimit.bytesMin(loops: loops)
    guard let limit = AddressSpaceLimit.bytes, limit < needed else { return }
    throw SettingError(
      name: "ulimit -v", value: "\(limit / 1024)",
      wanted: "unlimited, or at least \(needed / 1024), because it counts address space and not memory; "
        + "limit the memory by a control group (MemoryMax of systemd) or by ulimit -d")
  }

  /// The demo shop has an administrator if there is a password for one.
  private func demoSeeding(
    _ environment: [String: String], _ images: ImageSettings, in currency: Currency
  ) throws -> DemoSeeding {
    let admin = try environment[CreateAdminCommand.variable].map {
      try NewAdmin(email: Self.demoAdmin, password: $0, name: "Demo")
    }
    return DemoSeeding(
      products: DemoShop.productsUsual, isReplacing: false, currency: currency, admin: admin,
      gallery: DemoGallery(images: images))
  }
}

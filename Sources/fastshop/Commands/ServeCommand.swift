import ArgumentParser
import DemoShop
import EventLoop
import FoundationEssentials
import Identity
import Logging

/// `fastshop serve`: the server.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve the shop to gRPC clients, until SIGTERM or Ctrl-C.",
    discussion: """
      Without a database URL it runs a Postgres of its own, which starts and stops with it. Flags count before the \
      environment: DATABASE_URL, FASTSHOP_DATA_DIR, FASTSHOP_LISTEN, FASTSHOP_TLS_LISTEN, FASTSHOP_LOOPS, \
      FASTSHOP_DRAIN_SECONDS, FASTSHOP_LOG_LEVEL, FASTSHOP_LOG_FORMAT, and so on: the flag's name in capitals.

      A stop lets the calls in flight end; a second signal ends them at once. SIGHUP reads the TLS files again.
      """)

  /// Who administers a demo shop.
  private static let demoAdmin = "admin@example.com"

  @Flag(
    help: """
      Fill the shop with demo products first if it is empty; with FASTSHOP_ADMIN_PASSWORD, make the administrator \
      admin@example.com, too.
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

  @OptionGroup(title: "Logs")
  var logs: LogOptions

  private enum Event: Sendable {
    case signal(ProcessSignal)
    case open([String])
    case failed(any Error)
    case closed
  }

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let shop = try Complaint.about {
      try LogSettings(logs, environment: environment).install(environment)
      let place = try DatabaseSettings(database, environment: environment)
      return ShopProcess(
        try ServeSettings(options, tls, connections, environment: environment), place,
        try TelemetrySettings(telemetry, environment: environment),
        try MailSettings(mail, dataDirectory: place.dataDirectory, environment: environment),
        try LimitSettings(limits, SettingSource(environment: environment)),
        try IdentitySettings(signIn, environment: environment), log: Logger(label: "fastshop"))
    }
    DescriptorLimit.raise()
    let (events, sender) = AsyncStream.makeStream(of: Event.self)
    let signals = ProcessSignals.watch()
    Task { for await signal in signals { sender.yield(.signal(signal)) } }
    let filling = demo ? try Complaint.about { try demoFilling(environment) } : nil
    Task {
      do { sender.yield(.open(try await shop.open(demo: filling))) } catch { sender.yield(.failed(error)) }
    }
    try await follow(events, shop) { sender.yield(.closed) }
  }

  /// The demo shop has an administrator if there is a password for one.
  private func demoFilling(_ environment: [String: String]) throws -> DemoFilling {
    let admin = try environment[CreateAdminCommand.variable].map {
      try NewAdmin(email: Self.demoAdmin, password: $0, name: "Demo")
    }
    return DemoFilling(products: DemoShop.productsUsual, isReplacing: false, admin: admin)
  }

  private func follow(
    _ events: AsyncStream<Event>, _ shop: ShopProcess, closed: @escaping @Sendable () -> Void
  ) async throws {
    let log = Logger(label: "fastshop")
    var isClosing = false
    for await event in events {
      switch event {
      case .open(let places):
        Announcement.listening(places, log)
      case .failed(let error):
        if isClosing { continue }
        await shop.close()
        throw Complaint.exit(error)
      case .signal(.reload):
        shop.reload()
      case .signal(.stop) where isClosing:
        await shop.hurry()
      case .signal(.stop):
        isClosing = true
        log.notice("stopping")
        Task {
          await shop.close()
          closed()
        }
      case .closed:
        log.notice("stopped")
        return
      }
    }
  }
}

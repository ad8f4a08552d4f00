import EventLoop
import Logging
import Platform
import Postgres
import RPC

/// Keeps the server's health in step with its database. Without it, calls should go elsewhere: nothing is served. When
/// it only reads, whatever reads is served, and the services that only change something are not.
final class DatabaseWatch: Sendable {
  /// The interval of looks at the connections. A look sends nothing: broken connections are detected by themselves.
  private static let interval: Duration = .milliseconds(200)
  /// The interval of questions whether the database takes changes.
  private static let questionInterval: Duration = .seconds(1)

  private let loop: EventLoop
  private let health: HealthRegistry
  /// The services that need a database that takes changes.
  private let changing: Set<String>
  private let log: Logger
  private let looks: LoopTask
  private let questions: LoopTask
  private let isReadOnly: LoopBound<Flag>

  /// Confined to its loop.
  private final class Flag {
    var isSet = false
  }

  /// Looks at the connections of `loop`, for they go the way of every loop's.
  /// - Throws: `PolicyError` when a method has no policy.
  init(loop: EventLoop, health: HealthRegistry, services: [ServiceDescriptor], log: Logger) throws(PolicyError) {
    self.loop = loop
    self.health = health
    self.log = log
    var changing: Set<String> = []
    for service in services where try DeclaredPolicies(service).all.allSatisfy({ !$0.policy.isSideEffectFree }) {
      changing.insert(service.fullName)
    }
    self.changing = changing
    looks = LoopTask(on: loop)
    questions = LoopTask(on: loop)
    isReadOnly = LoopBound(Flag(), on: loop)
  }

  func start() {
    looks.start { [self] in await look() }
    questions.start { [self] in await ask() }
  }

  /// Ends it; health stays as it is.
  func stop() async {
    await questions.stop()
    await looks.stop()
  }

  private enum State {
    case available, readOnly, unavailable
  }

  private var state: State {
    guard loop.database?.isAvailable ?? false else { return .unavailable }
    return isReadOnly.value.isSet ? .readOnly : .available
  }

  private func look() async {
    var former = State.available
    while (try? await loop.sleep(for: Self.interval)) != nil {
      let state = state
      if state == former { continue }
      former = state
      for service in health.statuses.keys { health.set(status(of: service, state), for: service) }
      switch state {
      case .available: log.notice("the database is available again")
      case .readOnly: log.error("the database takes no changes", metadata: ["reason": "it is read-only"])
      case .unavailable: log.error("the database is unavailable")
      }
    }
  }

  private func status(of service: String, _ state: State) -> HealthRegistry.Status {
    switch state {
    case .available: .serving
    case .readOnly: changing.contains(service) ? .notServing : .serving
    case .unavailable: .notServing
    }
  }

  /// A failure of the question says nothing: if the database is away, the connections show it.
  private func ask() async {
    while (try? await loop.sleep(for: Self.questionInterval)) != nil {
      let rows = try? await loop.database?.rows(
        "SELECT current_setting('transaction_read_only')::boolean AS is_read_only", access: .write)
      if let answer = try? rows?.first?.bool("is_read_only") { isReadOnly.value.isSet = answer }
    }
  }
}

import EventLoop
import Logging
import Platform
import Postgres
import RPC

/// Keeps the server's health in step with its database: without it, calls should go elsewhere.
final class DatabaseWatch: Sendable {
  /// The interval of checks. A check sends nothing: broken connections are detected by themselves.
  private static let interval: Duration = .milliseconds(200)

  private let loop: EventLoop
  private let health: HealthRegistry
  private let log: Logger
  private let task: LoopTask

  /// Looks at the connections of `loop`, for they go the way of every loop's.
  init(loop: EventLoop, health: HealthRegistry, log: Logger) {
    self.loop = loop
    self.health = health
    self.log = log
    task = LoopTask(on: loop)
  }

  func start() { task.start { [self] in await run() } }

  /// Ends it; health stays as it is.
  func stop() async { await task.stop() }

  private func run() async {
    var wasAvailable = true
    while (try? await loop.sleep(for: Self.interval)) != nil {
      let isAvailable = loop.database?.isAvailable ?? false
      guard isAvailable != wasAvailable else { continue }
      wasAvailable = isAvailable
      health.setAll(isAvailable ? .serving : .notServing)
      if isAvailable { log.notice("the database is available again") } else { log.error("the database is unavailable") }
    }
  }
}

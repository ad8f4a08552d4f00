import EventLoop
import Logging
import Platform
import Postgres
import RPC
import Synchronization

/// Keeps the server's health in step with its database: without it, calls should go elsewhere.
final class DatabaseWatch: Sendable {
  /// It looks this often. Looking asks nobody: connections that break say so themselves.
  private static let interval: Duration = .milliseconds(200)

  private let loop: EventLoop
  private let health: HealthRegistry
  private let log: Logger
  private let running = Mutex<Task<Void, Never>?>(nil)

  /// Looks at the connections of `loop`, for they go the way of every loop's.
  init(loop: EventLoop, health: HealthRegistry, log: Logger) {
    self.loop = loop
    self.health = health
    self.log = log
  }

  func start() {
    running.withLock { $0 = Task(executorPreference: loop) { [self] in await run() } }
  }

  /// Ends it; health stays as it is.
  func stop() async {
    let task = running.withLock { $0 }
    task?.cancel()
    await task?.value
  }

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

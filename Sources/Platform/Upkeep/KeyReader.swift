package import EventLoop
internal import Logging
internal import Postgres

/// Takes new keys into the vault before anybody seals with them: see ``DataKeys/settlingSeconds``.
package final class KeyReader: Sendable {
  private static let interval: Duration = .seconds(3)

  private let loop: EventLoop
  private let reading: LoopTask

  /// Reads by the connections of `loop`.
  package init(loop: EventLoop) {
    self.loop = loop
    reading = LoopTask(on: loop)
  }

  /// Begins to read.
  package func start() { reading.start { [self] in await read() } }

  /// Ends it.
  package func stop() async { await reading.stop() }

  private func read() async {
    var failures = FailureReport(
      "the data keys cannot be read", to: Logger(label: "fastshop.vault"), level: .error)
    while (try? await loop.sleep(for: Self.interval)) != nil {
      guard let database = loop.database, let vault = loop.vault, database.isAvailable else { continue }
      do {
        try await vault.reload(database)
        failures.succeeded()
      } catch {
        failures.failed(error)
      }
    }
  }
}

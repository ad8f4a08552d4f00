internal import Checkout
internal import EventLoop
internal import Platform
internal import Postgres

/// Two crowds that come at once, again and again: callers who repeat one request, and buyers of one article.
struct Crowds: Sendable {
  /// The callers of each crowd.
  private static let size = 1_000
  /// The time between two visits.
  private static let pause: Duration = .seconds(1)

  let configuration: DatabaseConfiguration
  private let buyers = Checkout(vault: .temporary(), isContended: true)
  private let repeated = Checkout(vault: .temporary())

  init(configuration: DatabaseConfiguration) { self.configuration = configuration }

  /// Comes until the process ends. Whoever is told to come later has gone.
  func come(on loop: EventLoop) async throws {
    let database = LoopBound(try Database(loop: loop, configuration: configuration), on: loop)
    _ = try await buyers.place(database.value)
    while true {
      let request = ID.made(at: .now)
      await withTaskGroup { tasks in
        for _ in 0..<Self.size {
          tasks.addTask { _ = try? await buyers.place(database.value) }
          tasks.addTask { _ = try? await repeated.place(database.value, as: request) }
        }
      }
      try await loop.sleep(for: Self.pause)
    }
  }
}

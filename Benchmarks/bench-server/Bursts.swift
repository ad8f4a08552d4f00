internal import Checkout
internal import EventLoop
internal import Platform
internal import Postgres

/// Bursts of calls that contend, again and again: copies of one request, and orders of one article.
struct Bursts: Sendable {
  /// The calls of each kind in a burst.
  private static let size = 1_000
  /// The time between two bursts.
  private static let pause: Duration = .seconds(1)

  let configuration: DatabaseConfiguration
  private let orders = Checkout(vault: .temporary(), isContended: true)
  private let copies = Checkout(vault: .temporary())

  init(configuration: DatabaseConfiguration) { self.configuration = configuration }

  /// Calls until the process ends. Calls that are refused, because too many wait, are not repeated.
  func run(on loop: EventLoop) async throws {
    let database = LoopBound(try Database(loop: loop, configuration: configuration), on: loop)
    _ = try await orders.place(database.value)
    while true {
      let request = ID.made(at: .now)
      await withTaskGroup { tasks in
        for _ in 0..<Self.size {
          tasks.addTask { _ = try? await orders.place(database.value) }
          tasks.addTask { _ = try? await copies.place(database.value, as: request) }
        }
      }
      try await loop.sleep(for: Self.pause)
    }
  }
}

package import EventLoop
package import Postgres

/// Runs `body` on the group's first loop, with connections of its own that are closed afterwards.
@discardableResult
package func onLoop<R: Sendable>(
  of group: EventLoopGroup, url: String, configure: @Sendable (inout DatabaseConfiguration) -> Void = { _ in },
  _ body: @escaping @Sendable (Database) async throws -> R
) async throws -> R {
  let loop = group.loops[0]
  var configuration = DatabaseConfiguration(url: url)
  // Many tests at once, on a machine that does other things too.
  configuration.readConnections = 1
  configuration.spareReadConnections = 0
  configuration.writeConnections = 4
  configuration.outageWait = .seconds(20)
  configuration.connectTimeout = .seconds(20)
  configure(&configuration)
  return try await Task(executorPreference: loop) { [configuration] in
    let database = try Database(loop: loop, configuration: configuration)
    defer { database.close() }
    return try await body(database)
  }.value
}

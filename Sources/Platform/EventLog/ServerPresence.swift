package import Postgres

/// Whether servers are connected to a database. Each holds an advisory lock, shared with the others, over the
/// connection of its ``EventHub`` that listens for events, so for as long as it is connected.
package enum ServerPresence {
  /// Any number that nothing else uses.
  static let key: Int64 = 0x4661_7374_5365_7276

  /// Verifies that no server is connected, and keeps others from connecting until the transaction ends. A server that
  /// was stopped a moment ago may take a while to disconnect: it waits for that, at most the `lock_timeout`.
  /// - Throws: ``ServersConnected``.
  package static func verifyNone(_ runner: some QueryRunner) async throws {
    do throws(PostgresError) {
      try await runner.execute("SELECT pg_advisory_xact_lock(\(key)::bigint)")
    } catch .lockNotAvailable {
      throw ServersConnected()
    }
  }
}

/// A command needs servers to be stopped, and some are connected.
package struct ServersConnected: Error, CustomStringConvertible {
  /// A sentence with advice.
  package var description: String {
    "a server is connected to the database: stop all servers, then run this command again"
  }
}

/// Finds functions that take a second connection while they hold one. Under load, all connections may be held by
/// functions that wait for a second one.
enum SoleConnection {
  /// The database whose connection the task holds.
  @TaskLocal static var holder: ObjectIdentifier?
}

extension Database {
  /// Whether the task is inside ``holdingSoleConnection(_:)`` of this database. Always false in release builds.
  package var isConnectionHeld: Bool { SoleConnection.holder == ObjectIdentifier(self) }

  /// Runs `body`, which has a connection already: debug builds trap when it takes another one.
  package nonisolated(nonsending) func holdingSoleConnection<R>(_ body: () async throws -> R) async rethrows -> R {
    #if DEBUG
      return try await SoleConnection.$holder.withValue(ObjectIdentifier(self)) { try await body() }
    #else
      return try await body()
    #endif
  }

  /// Call it where a connection is taken.
  func checkSoleConnection() {
    assert(!isConnectionHeld, "a unit of work uses the database beside its transaction: ask `work` instead")
  }
}

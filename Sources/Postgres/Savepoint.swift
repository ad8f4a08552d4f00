extension Transaction {
  /// Runs `body` inside a savepoint: when it throws, what it did in the transaction is undone, and the transaction goes
  /// on. Savepoints may be nested, but not be open at the same time side by side.
  /// - Throws: the error of `body`, and that of a statement which `body` passed over or did not wait for.
  public nonisolated(nonsending) func savepoint<R>(_ body: () async throws -> R) async throws -> R {
    let mark = mark
    send("SAVEPOINT s")  // an inner one of the same name hides it until it is released
    do {
      let value = try await body()
      try await releaseSavepoint()
      return value
    } catch {
      endSegment()  // in which a statement may have failed: the server skips the rest
      send(("ROLLBACK TO SAVEPOINT s" as Query).unprepared)  // a failed transaction cannot prepare it
      // Its answer comes after those of everything that was sent inside.
      if (try? await run("RELEASE SAVEPOINT s", access: .write)) != nil { returned(to: mark) }
      throw error
    }
  }

  /// Waits for its answer only if that shows whether a statement has failed.
  private nonisolated(nonsending) func releaseSavepoint() async throws(PostgresError) {
    if let failure { throw failure }
    if isQuiet {
      send("RELEASE SAVEPOINT s")
    } else {
      _ = try? await run("RELEASE SAVEPOINT s", access: .write)
      if let failure { throw failure }
    }
  }
}

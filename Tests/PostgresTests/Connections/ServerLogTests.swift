import Eventually
import FoundationEssentials
import Glibc
import PostgresTesting
import Testing

@testable import Postgres

@Suite struct ServerLogTests {
  private static func bytes(_ path: String) -> off_t {
    var info = stat()
    return stat(path, &info) == 0 ? info.st_size : -1
  }

  @Test func `the log of a server that runs for long is emptied when it is long`() async throws {
    let folder = "/tmp/fastshop-log-\(getpid())"
    let server = try await Task.detached { try TestPostgres.startServer(folder: folder) }.value
    defer {
      server.stop()
      try? FileManager.default.removeItem(atPath: folder)
    }
    try await onLoop(of: loops, url: server.url) { database in
      try await becomesReady(database)
      try await database.execute("SELECT pg_backend_pid()")
      // More than the log may hold, in one line.
      try await database.runScript("DO $$ BEGIN RAISE LOG '%', repeat('x', 17 * 1024 * 1024); END $$")
      try await eventually { Self.bytes(server.logFile) < ServerLog.bytesMax }
      // The server goes on at the beginning, not behind a hole.
      try await database.runScript("DO $$ BEGIN RAISE LOG 'after it'; END $$")
      try await eventually {
        try String(contentsOfFile: server.logFile, encoding: .utf8).contains("after it")
      }
      #expect(Self.bytes(server.logFile) < ServerLog.bytesMax)
    }
  }
}

internal import Glibc
internal import Logging
internal import Processes
internal import Synchronization

/// Keeps the server running from a thread of its own: it restarts a server that ends unexpectedly, and reaps it.
///
/// The kernel stops the server when the thread that started it ends, so the longest-lived thread starts it.
final class ServerSupervisor: Sendable {
  private struct State {
    var pid: pid_t?
    var isStopping = false
    var hasEnded = false
    var restarts = ServerRestarts()
  }

  private let command: [String]
  private let log: ServerLog
  private let logger = Logger(label: "fastshop.embedded")
  private let state = Mutex(State())

  /// Runs `command`, or watches the server `running`, which the program before us in this process has started.
  init(command: [String], log: ServerLog, running: pid_t? = nil) {
    self.command = command
    self.log = log
    state.withLock { $0.pid = running }
  }

  /// The server, for the program that replaces this one; nil while there is none.
  var handover: EmbeddedPostgres.Handover? {
    state.withLock { $0.pid }.map { EmbeddedPostgres.Handover(server: $0, log: log.descriptor) }
  }

  /// - Throws: when the system refuses its threads; then there is nothing to stop.
  func start() throws(EmbeddedPostgresError) {
    do {
      try BlockingWait.start(named: "pg-log") { [self] in keepLogShort() }
      try BlockingWait.start(named: "pg-server") { [self] in keepRunning() }
    } catch {
      end()
      throw .failed(program: "pthread_create", output: "\(error)")
    }
  }

  /// Whether the server is not running any more.
  var hasEnded: Bool { state.withLock { $0.hasEnded } }

  /// Whether it keeps ending right after its start.
  var hasFailedToStart: Bool { state.withLock { $0.hasEnded || $0.restarts.hasFailedToStart } }

  /// Ends the server: open transactions are rolled back, what is committed is kept.
  func stop() {
    let pid = state.withLock {
      $0.isStopping = true
      return $0.pid
    }
    if let pid { kill(pid, SIGINT) }
    while !hasEnded { usleep(5_000) }
  }

  /// Kills the server as a crash would; it restarts. For tests.
  func crash() {
    if let pid = state.withLock({ $0.pid }) { kill(pid, SIGQUIT) }
  }

  /// Lets the server end in an orderly way; it comes back. For tests.
  func restart() {
    if let pid = state.withLock({ $0.pid }) { kill(pid, SIGINT) }
  }

  private func keepRunning() {
    while true {
      var start: ContinuousClock.Instant?
      let started: pid_t? = state.withLock {
        if $0.isStopping && $0.pid == nil { return nil }
        if $0.pid == nil {
          start = ContinuousClock.now
          $0.pid = SpawningThread.run { [command, log] in ChildProcess.start(command, log: log.descriptor) } ?? nil
        }
        return $0.pid
      }
      guard let started else { break }
      let status = ChildProcess.wait(started)
      let pauseSeconds: UInt32? = state.withLock {
        $0.pid = nil
        $0.restarts.ended(after: start.map { ContinuousClock.now - $0 })
        return $0.isStopping ? nil : $0.restarts.pauseSeconds
      }
      guard let pauseSeconds else { break }
      logger.error(
        "the embedded Postgres has ended and is being restarted", metadata: ["status": .stringConvertible(status)])
      pause(seconds: pauseSeconds)
    }
    end()
  }

  /// A server that is to stop meanwhile is not waited for.
  private func pause(seconds: UInt32) {
    for _ in 0..<seconds where !state.withLock({ $0.isStopping }) { sleep(1) }
  }

  private func keepLogShort() {
    while !hasEnded {
      state.withLock { if !$0.hasEnded { log.limit() } }  // the descriptor is another file's when it has ended
      sleep(ServerLog.lookSeconds)
    }
  }

  private func end() {
    state.withLock {
      close(log.descriptor)
      $0.hasEnded = true
    }
  }
}

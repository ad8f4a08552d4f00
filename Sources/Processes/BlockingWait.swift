package import EventLoop

/// A thread of its own for whoever waits in the system, for as long as it takes.
package enum BlockingWait {
  /// Runs `body` on a new thread; its name has 15 bytes at most.
  /// - Throws: `ThreadRefusal` when the system has none.
  package static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadRefusal) {
    _ = try tryStartThread(named: name, body).get()
  }
}

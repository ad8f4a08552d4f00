package import EventLoop

/// A thread of its own for a system call that waits for long.
package enum BlockingWait {
  /// Runs `body` on a new thread; its name has 15 bytes at most.
  /// - Throws: `ThreadRefusal` when the system has none.
  package static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadRefusal) {
    _ = try tryStartThread(named: name, body).get()
  }
}

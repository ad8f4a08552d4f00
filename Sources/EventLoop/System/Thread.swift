internal import CLinux
internal import Glibc

/// Starts a thread with a name that `top -H` and debuggers show (at most 15 bytes). Without it, nothing can go on: when
/// the system refuses it, the process says so and ends.
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) -> StartedThread {
  switch tryStartThread(named: name, body) {
  case .success(let thread): return thread
  case .failure(let refusal):
    let text = "\(refusal)\n"
    linux_write_all(STDERR_FILENO, text, text.utf8.count)
    _exit(ThreadRefusal.exitStatus)
  }
}

/// A running thread.
package struct StartedThread: Sendable {
  fileprivate let id: pthread_t

  /// Waits for its end. To be called once.
  package func join() { pthread_join(id, nil) }

  /// Lets it end without anybody who waits. Instead of ``join()``.
  func detach() { pthread_detach(id) }
}

/// The system refused to start a thread.
package struct ThreadRefusal: Error, CustomStringConvertible {
  /// The exit status when a required thread cannot start: EX_OSERR of sysexits(3).
  static let exitStatus: Int32 = 71
  let name: String
  let number: Int32
  /// A sentence with advice.
  package var description: String {
    """
    The system refuses the thread "\(name)" (\(String(cString: strerror(number)))): raise the limit of threads \
    (ulimit -u, the service's TasksMax, the container's pids limit), or give it more memory.
    """
  }
}

/// Starts a thread, if the system lets us.
package func tryStartThread(
  named name: String, _ body: @escaping @Sendable () -> Void
) -> Result<StartedThread, ThreadRefusal> {
  final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  var thread = pthread_t()
  let start = Unmanaged.passRetained(Start(name, body))
  let failure = pthread_create(
    &thread, nil,
    { pointer in
      let start = Unmanaged<Start>.fromOpaque(pointer!).takeRetainedValue()
      linux_name_thread(start.name)
      start.body()
      return nil
    }, start.toOpaque())
  if failure == 0 { return .success(StartedThread(id: thread)) }
  start.release()
  return .failure(ThreadRefusal(name: name, number: failure))
}

/// A counting semaphore of the C library.
package final class Semaphore: @unchecked Sendable {
  private let storage: UnsafeMutablePointer<sem_t> = .allocate(capacity: 1)

  /// It begins at zero.
  package init() { sem_init(storage, 0, 0) }

  deinit {
    sem_destroy(storage)
    storage.deallocate()
  }

  /// Lets one of those who wait go on.
  package func signal() { sem_post(storage) }

  /// Waits to be let on.
  package func wait() { while sem_wait(storage) != 0 {} }
}

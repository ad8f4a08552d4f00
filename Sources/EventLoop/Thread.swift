internal import CLinux
package import Glibc

/// Starts a thread with a name that `top -H` and debuggers show (at most 15 bytes).
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) -> pthread_t {
  final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }
  var thread = pthread_t()
  let started = pthread_create(
    &thread, nil,
    { pointer in
      let start = Unmanaged<Start>.fromOpaque(pointer!).takeRetainedValue()
      linux_name_thread(start.name)
      start.body()
      return nil
    }, Unmanaged.passRetained(Start(name, body)).toOpaque())
  precondition(started == 0, "the system refuses another thread")
  return thread
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

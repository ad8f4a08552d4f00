internal import CLinux
internal import EventLoop
internal import Glibc

/// Accepts connections on one loop.
final class Listener: IOSource {
  /// Accepted in one turn; the rest wait for the next, so that calls in flight are not held up.
  private static let acceptsPerTurnMax = 64
  /// How long to wait when the process has no descriptors left, or the system no memory.
  private static let exhaustedPause = Duration.milliseconds(100)

  private let socket: ListeningSocket
  let loop: EventLoop
  private let accept: (Int32) -> Void
  private let exhausted: () -> Void
  private var retry: Timer?

  /// `accept` is given each connection; `exhausted` is called when the system has nothing left to accept with.
  init(
    _ socket: ListeningSocket, loop: EventLoop, accept: @escaping (Int32) -> Void, exhausted: @escaping () -> Void
  ) {
    self.socket = socket
    self.loop = loop
    self.accept = accept
    self.exhausted = exhausted
    super.init()
    _ = loop.add(self, fd: socket.fd, events: .readable)
  }

  override func ready(_ events: IOEvents) {
    if takeWaiting() { return }
    exhausted()
    pause()
  }

  /// Accepts who waits.
  /// - Returns: false when the system has nothing left to accept with.
  private func takeWaiting() -> Bool {
    for _ in 0..<Self.acceptsPerTurnMax {
      let connection = linux_accept(socket.fd, nil, nil)
      if connection >= 0 {
        accept(connection)
        continue
      }
      switch errno {
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: return false
      case EAGAIN, EBADF, EINVAL, ENOTSOCK: return true
      default: continue  // that one connection failed before it began: accept(2) lists a dozen reasons
      }
    }
    return true
  }

  private func pause() {
    loop.modify(self, events: [])
    let timer = Timer { [unowned self] in loop.modify(self, events: .readable) }
    retry = timer
    loop.schedule(timer, after: Self.exhaustedPause)
  }

  /// Stops. Those whom the kernel has already taken in are accepted first: they then hear that we leave. Not so where
  /// another program accepts on the same socket: they are for it.
  func close(isHandedOver: Bool) {
    retry?.cancel()
    if !isHandedOver { _ = takeWaiting() }
    loop.remove(self)
    socket.closeAndRemove()
  }
}

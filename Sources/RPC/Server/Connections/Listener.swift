internal import CLinux
internal import EventLoop
internal import Glibc

/// Accepts connections on one loop.
final class Listener: IOSource {
  /// Accepted in one turn; the rest wait for the next, so that calls in flight are not held up.
  private static let acceptsPerTurnMax = 64
  /// How long to wait when the process has no descriptors left, or the system no memory.
  private static let exhaustedPause = Duration.milliseconds(100)
  /// How long to wait for the loops to begin those that were accepted.
  private static let busyPause = Duration.milliseconds(1)

  private let socket: ListeningSocket
  let loop: EventLoop
  private let accept: (Int32) -> Void
  private let isBusy: () -> Bool
  private let exhausted: () -> Void
  private var retry: Timer?

  /// `accept` is given each connection, unless `isBusy` says that those who come are to wait. `exhausted` is called
  /// when the system has nothing left to accept with.
  init(
    _ socket: ListeningSocket, loop: EventLoop, accept: @escaping (Int32) -> Void, isBusy: @escaping () -> Bool,
    exhausted: @escaping () -> Void
  ) {
    self.socket = socket
    self.loop = loop
    self.accept = accept
    self.isBusy = isBusy
    self.exhausted = exhausted
    super.init()
    _ = loop.add(self, fd: socket.fd, events: .readable)
  }

  override func ready(_ events: IOEvents) {
    if takeWaiting(pausing: true) { return }
    exhausted()
    pause(Self.exhaustedPause)
  }

  /// Accepts who waits.
  /// - Returns: false when the system has nothing left to accept with.
  private func takeWaiting(pausing: Bool) -> Bool {
    for _ in 0..<Self.acceptsPerTurnMax {
      if pausing && isBusy() {
        pause(Self.busyPause)
        return true
      }
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

  private func pause(_ time: Duration) {
    loop.modify(self, events: [])
    let timer = Timer { [unowned self] in loop.modify(self, events: .readable) }
    retry = timer
    loop.schedule(timer, after: time)
  }

  /// Stops. Those whom the kernel has already taken in are accepted first: they then hear that we leave. Not so where
  /// another program accepts on the same socket: they are for it.
  func close(isHandedOver: Bool) {
    retry?.cancel()
    if !isHandedOver { _ = takeWaiting(pausing: false) }
    loop.remove(self)
    socket.closeAndRemove()
  }
}

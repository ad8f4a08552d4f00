internal import CLinux
internal import EventLoop
internal import Glibc

/// Accepts connections on one loop and deals them out to all of them in turn, so that a few connections already keep
/// every loop busy. (`SO_REUSEPORT` would spread them by hash: evenly for thousands, badly for ten.)
final class Listener: IOSource {
  /// Accepted in one turn; the rest wait for the next, so that calls in flight are not held up.
  private static let acceptsPerTurnMax = 64
  /// How long to wait when the process has no descriptors left.
  private static let outOfDescriptorsPause = Duration.milliseconds(100)

  private let fd: Int32
  private let loop: EventLoop
  private let accept: (Int32) -> Void
  private var retry: Timer?

  init(fd: Int32, loop: EventLoop, accept: @escaping (Int32) -> Void) {
    self.fd = fd
    self.loop = loop
    self.accept = accept
    super.init()
    _ = loop.add(self, fd: fd, events: .readable)
  }

  override func ready(_ events: IOEvents) {
    for _ in 0..<Self.acceptsPerTurnMax {
      let connection = linux_accept(fd, nil, nil)
      if connection >= 0 {
        accept(connection)
      } else if errno == EMFILE || errno == ENFILE {
        return pause()
      } else if errno != ECONNABORTED && errno != EINTR {
        return
      }
    }
  }

  private func pause() {
    loop.modify(self, events: [])
    let timer = Timer { [unowned self] in loop.modify(self, events: .readable) }
    retry = timer
    loop.schedule(timer, after: Self.outOfDescriptorsPause)
  }

  func close() {
    retry?.cancel()
    loop.remove(self)
    Glibc.close(fd)
  }
}

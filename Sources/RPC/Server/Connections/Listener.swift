internal import CLinux
internal import EventLoop
internal import Glibc

/// Accepts connections on one loop.
final class Listener: IOSource {
  /// Accepted in one turn; the rest wait for the next, so that calls in flight are not held up.
  private static let acceptsPerTurnMax = 64
  /// The pause when the process has no descriptors left, or the system no memory.
  private static let exhaustedPause = Duration.milliseconds(100)
  /// The pause when the loops have too many accepted connections to begin.
  private static let busyPause = Duration.milliseconds(1)

  private let socket: ListeningSocket
  let loop: EventLoop
  private let accept: (Int32) -> Void
  private let isBusy: () -> Bool
  private let exhausted: () -> Void
  private var retry: Timer?

  /// Passes each connection to `accept`, and pauses while `isBusy` returns true. Calls `exhausted` when the system has
  /// no descriptors or memory left.
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
    if isClosing { return }
    switch takeWaiting(pausing: true) {
    case .all, .more: break
    case .busy: pause(Self.busyPause)
    case .exhausted:
      exhausted()
      pause(Self.exhaustedPause)
    }
  }

  private enum Taken {
    case all
    /// Others may wait for the next turn.
    case more
    /// The loops have enough to begin.
    case busy
    /// The system has no descriptors or memory left.
    case exhausted
  }

  /// Accepts those who wait, as far as one turn allows.
  private func takeWaiting(pausing: Bool) -> Taken {
    for _ in 0..<Self.acceptsPerTurnMax {
      if pausing && isBusy() { return .busy }
      let connection = linux_accept(socket.fd, nil, nil)
      if connection >= 0 {
        accept(connection)
        continue
      }
      switch errno {
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
      case EAGAIN, EBADF, EINVAL, ENOTSOCK: return .all
      default: continue  // that one connection failed before it began: accept(2) lists a dozen reasons
      }
    }
    return .more
  }

  private func pause(_ time: Duration) {
    loop.modify(self, events: [])
    let timer = Timer { [unowned self] in loop.modify(self, events: .readable) }
    retry = timer
    loop.schedule(timer, after: time)
  }

  // MARK: The end

  /// Set while it closes: what is called then, and how many turns may accept before.
  private var closing: (turnsLeft: Int, closed: () -> Void)?
  private var isClosing: Bool { closing != nil }

  /// Stops, and then calls `closed`. First it serves the connections that the kernel has accepted, some in each turn,
  /// so that their callers receive a GOAWAY: closing the socket would reset them. With `isHandedOver`, another program
  /// accepts them on the same socket.
  func close(isHandedOver: Bool, then closed: @escaping () -> Void) {
    retry?.cancel()
    loop.modify(self, events: [])
    // The kernel holds at most this many connections. Later ones do not delay the end.
    let turns = Int(ListeningSocket.backlog) / Self.acceptsPerTurnMax
    closing = (isHandedOver ? 0 : turns, closed)
    goOn()
  }

  override func goOn() {
    guard let (turnsLeft, closed) = closing else { return }
    if turnsLeft > 0, case .more = takeWaiting(pausing: false) {
      closing?.turnsLeft -= 1
      return loop.atNextTurn(self)
    }
    loop.remove(self)
    socket.closeAndRemove()
    closed()
  }
}

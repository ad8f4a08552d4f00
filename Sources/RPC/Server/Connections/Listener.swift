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
    /// The system has nothing left to accept with.
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

  /// Stops, and then calls `closed`. Connections that the kernel has accepted are served first, a part of them each
  /// turn, so that their callers are told to go away; closing the socket would reset them. With `isHandedOver`, another
  /// program accepts on the same socket, and they are left to it.
  func close(isHandedOver: Bool, then closed: @escaping () -> Void) {
    retry?.cancel()
    loop.modify(self, events: [])
    // The kernel holds no more at once; whoever keeps coming does not put off the end.
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

internal import EventLoop
internal import RPC

/// The open streams of one loop that authenticated callers have.
///
/// A call's rights are checked when it begins. A stream stays open for hours, so its rights are checked again every
/// half second: a caller that signed out, was disabled or lost the permission gets no further message. Each turn of the
/// loop checks some of the streams, so ten thousand of them do not delay its other work.
final class OpenStreams {
  private static let looksPerRound = 10
  private static let look: Duration = .milliseconds(50)
  private static let key = LoopLocal<OpenStreams>()

  private struct Stream {
    let call: Call
    let judge: (Call) -> AccessRefusal?

    /// Whether it has not ended and may go on; ends it if it may not.
    func goesOn() -> Bool {
      if call.isCancelled { return false }
      guard let refusal = judge(call) else { return true }
      call.end(refusal.rpcError)
      return false
    }
  }

  private unowned let loop: EventLoop
  private var rounds: [[ObjectIdentifier: Stream]]
  private var next = 0
  private var count = 0
  private var timer: Timer!

  private init(_ loop: EventLoop) {
    self.loop = loop
    rounds = Array(repeating: [:], count: Self.looksPerRound)
    timer = Timer { [unowned self] in look() }
  }

  /// The streams of `loop`. Only on the loop.
  static func on(_ loop: EventLoop) -> OpenStreams {
    if let streams = loop[key] { return streams }
    let made = OpenStreams(loop)
    loop[key] = made
    return made
  }

  /// Judges `call` until it ends, and ends it when `judge` finds that it may not go on.
  func add(_ call: Call, _ judge: @escaping (Call) -> AccessRefusal?) {
    let place = count % Self.looksPerRound
    count &+= 1
    rounds[place][ObjectIdentifier(call)] = Stream(call: call, judge: judge)
    if !timer.isScheduled { loop.schedule(timer, after: Self.look) }
  }

  private func look() {
    next = (next + 1) % Self.looksPerRound
    rounds[next] = rounds[next].filter { $0.value.goesOn() }
    if rounds.contains(where: { !$0.isEmpty }) { loop.schedule(timer, after: Self.look) }
  }
}

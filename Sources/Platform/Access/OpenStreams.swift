internal import EventLoop
internal import RPC

/// The streams of one loop that callers hold open in their own name.
///
/// A call is judged when it begins. These go on for hours, so they are judged again, each of them within half a second:
/// whoever signed out, was disabled or lost the permission hears no more. They are dealt out over several looks, so
/// that ten thousand of them do not keep the loop from its other work.
final class OpenStreams {
  private static let looksPerRound = 10
  private static let look: Duration = .milliseconds(50)
  private static let key = LoopLocal<OpenStreams>()

  private struct Stream {
    let call: Call
    let judge: (Call) -> AccessRefusal?
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

  /// Judges `call` until it is taken out again, and ends it when `judge` finds that it may not go on.
  /// - Returns: its place.
  func add(_ call: Call, _ judge: @escaping (Call) -> AccessRefusal?) -> Int {
    let place = count % Self.looksPerRound
    count &+= 1
    rounds[place][ObjectIdentifier(call)] = Stream(call: call, judge: judge)
    if !timer.isScheduled { loop.schedule(timer, after: Self.look) }
    return place
  }

  /// Judges `call` no more.
  func remove(_ call: Call, at place: Int) { rounds[place][ObjectIdentifier(call)] = nil }

  private func look() {
    next = (next + 1) % Self.looksPerRound
    // Found first, ended then: what ends takes itself out.
    let ending = rounds[next].values.compactMap { stream in stream.judge(stream.call).map { (stream.call, $0) } }
    for (call, refusal) in ending { call.end(refusal.rpcError) }
    if rounds.contains(where: { !$0.isEmpty }) { loop.schedule(timer, after: Self.look) }
  }
}

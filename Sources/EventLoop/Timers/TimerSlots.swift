/// The slots of a ``TimerWheel``: lists of timers, and a bit for each occupied slot of the first ring.
final class TimerSlots {
  private static let ringBits: [Int64] = [8, 6, 6, 6, 6]  // 256 ms, 16 s, 17 min, 19 h, 50 days
  private static let ringStart = [0, 256, 320, 384, 448]
  private static let slotCount = 512
  private static let reachTicks: Int64 = 63 << 26

  private var heads: [Timer?] = Array(repeating: nil, count: slotCount)
  private var occupied: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  private(set) var count = 0

  /// Puts `timer` where its tick belongs. `upcoming` is the next tick to fire.
  func link(_ timer: Timer, upcoming: Int64) {
    timer.tick = max(timer.tick, upcoming)
    let tick = min(timer.tick, upcoming + Self.reachTicks)
    var ring = 0
    var shift: Int64 = 0
    // The innermost ring in which the tick is less than one turn away.
    while ring < 4 && (tick >> shift) - (upcoming >> shift) >= 1 << Self.ringBits[ring] {
      shift += Self.ringBits[ring]
      ring += 1
    }
    let slot = Self.ringStart[ring] + Int((tick >> shift) & ((1 << Self.ringBits[ring]) - 1))
    timer.slot = slot
    timer.wheel = self
    timer.previous = nil
    timer.next = heads[slot]
    heads[slot]?.previous = timer
    heads[slot] = timer
    count += 1
    if ring == 0 { mark(slot, true) }
  }

  func unlink(_ timer: Timer) {
    guard timer.slot >= 0 else { return }
    let slot = timer.slot
    timer.slot = -1
    let next = timer.next
    timer.next = nil
    next?.previous = timer.previous
    if let previous = timer.previous {
      timer.previous = nil
      previous.next = next  // last: this may free the timer
    } else {
      heads[slot] = next
      if next == nil && slot < 256 { mark(slot, false) }
    }
    count -= 1
  }

  /// At a ring's turn, what its next slot holds moves inwards.
  func cascade(at tick: Int64) {
    var shift = Self.ringBits[0]
    var ring = 1
    while ring < 5 && tick & ((1 << shift) - 1) == 0 {
      let slot = Self.ringStart[ring] + Int((tick >> shift) & ((1 << Self.ringBits[ring]) - 1))
      for timer in takeAll(slot) { link(timer, upcoming: tick) }
      shift += Self.ringBits[ring]
      ring += 1
    }
  }

  func fireAll(at tick: Int64) {
    let slot = Int(tick & 255)
    while let timer = heads[slot], timer.tick <= tick {
      unlink(timer)
      timer.fire()
    }
  }

  /// Timers that were started before the clock was known are relative to tick 0; moves them.
  func rebase(to current: Int64) {
    for slot in 0..<Self.slotCount { for timer in takeAll(slot) { link(timer, upcoming: current + 1) } }
  }

  /// Ticks from `tick` to the next occupied slot of the first ring, at most to where that ring turns.
  func ticksToNext(after tick: Int64) -> Int {
    let turn = 256 - Int(tick & 255)
    var ahead = 1
    while ahead < turn {
      let slot = Int((tick + Int64(ahead)) & 255)
      let word = bits(slot >> 6) >> UInt64(slot & 63)
      if word != 0 { return min(ahead + word.trailingZeroBitCount, turn) }
      ahead += 64 - (slot & 63)
    }
    return turn
  }

  private func takeAll(_ slot: Int) -> [Timer] {
    var taken: [Timer] = []
    while let timer = heads[slot] {
      unlink(timer)
      taken.append(timer)
    }
    return taken
  }

  private func bits(_ word: Int) -> UInt64 {
    switch word {
    case 0: occupied.0
    case 1: occupied.1
    case 2: occupied.2
    default: occupied.3
    }
  }

  private func mark(_ slot: Int, _ set: Bool) {
    let bit = UInt64(1) << UInt64(slot & 63)
    func change(_ word: inout UInt64) { word = set ? word | bit : word & ~bit }
    switch slot >> 6 {
    case 0: change(&occupied.0)
    case 1: change(&occupied.1)
    case 2: change(&occupied.2)
    default: change(&occupied.3)
    }
  }
}

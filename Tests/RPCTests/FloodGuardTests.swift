import Testing

@testable import RPC

@Suite struct FloodGuardTests {
  private static let second: Int64 = 1_000_000_000

  private static func frame(_ type: UInt8, flags: UInt8 = 0, payload: [UInt8] = [], stream: UInt8 = 1) -> [UInt8] {
    [0, UInt8(payload.count >> 8), UInt8(payload.count & 255), type, flags, 0, 0, 0, stream] + payload
  }

  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  private static let ping = frame(0x6, payload: [1, 2, 3, 4, 5, 6, 7, 8], stream: 0)

  private static func greeted() -> FloodGuard {
    var guardian = FloodGuard()
    _ = preface.withUnsafeBytes { guardian.examine($0, now: 0) }
    return guardian
  }

  /// How many of `frames` in a row are taken before there are too many; at most `tries`.
  private static func taken(
    of frame: [UInt8], by guardian: inout FloodGuard, tries: Int = 20_000, now: Int64 = second
  ) -> (count: Int, FloodGuard.Excess?) {
    for count in 0..<tries {
      if let excess = frame.withUnsafeBytes({ guardian.examine($0, now: now) }) { return (count, excess) }
    }
    return (tries, nil)
  }

  @Test(arguments: [
    ("PING", ping, 1_000, FloodGuard.Excess.pings),
    ("SETTINGS", frame(0x4, stream: 0), 100, .settings),
    ("WINDOW_UPDATE", frame(0x8, payload: [0, 0, 0, 1]), 5_000, .windowUpdates),
    ("PRIORITY", frame(0x2, payload: [0, 0, 0, 0, 1]), 1_000, .priorities),
    ("unknown", frame(0xBB), 1_000, .unknownFrames),
    ("empty DATA", frame(0x0), 500, .emptyData),
    ("DATA of padding", frame(0x0, flags: 0x8, payload: [3, 0, 0, 0]), 500, .emptyData),
    ("CONTINUATION", frame(0x9), 8, .continuations),
  ])
  func soManyAtOnceAndNoMore(name: String, frame: [UInt8], atOnceMax: Int, excess: FloodGuard.Excess) {
    var guardian = Self.greeted()
    let (count, found) = Self.taken(of: frame, by: &guardian)
    #expect(count == atOnceMax, "\(name)")
    #expect(found == excess, "\(name)")
  }

  @Test(arguments: [
    ("DATA", frame(0x0, payload: [7])), ("the end of DATA", frame(0x0, flags: 0x1)),
    ("DATA with padding", frame(0x0, flags: 0x8, payload: [1, 7, 0])),
    ("HEADERS", frame(0x1, flags: 0x4, payload: [0x82])),
  ])
  func whatServesSomebodyIsNotCounted(name: String, frame: [UInt8]) {
    var guardian = Self.greeted()
    #expect(Self.taken(of: frame, by: &guardian).count == 20_000, "\(name)")
  }

  @Test func timeGivesBack() {
    var guardian = Self.greeted()
    _ = Self.taken(of: Self.ping, by: &guardian, tries: 1_000)
    // All are spent; two seconds give back a hundred.
    #expect(Self.taken(of: Self.ping, by: &guardian, now: 3 * Self.second).count == 100)
  }

  @Test func sentDataEarnsPingsAndWindowUpdates() {
    var guardian = Self.greeted()
    let update = Self.frame(0x8, payload: [0, 0, 0, 1])
    for _ in 0..<50_000 {
      guardian.sentData()
      for frame in [Self.ping, update, update, update, update] {
        let excess = frame.withUnsafeBytes { guardian.examine($0, now: Self.second) }
        #expect(excess == nil)
      }
    }
  }

  @Test func earlyResetsCount() {
    var guardian = Self.greeted()
    func reset(_ ageNs: Int64?) -> FloodGuard.Excess? { guardian.receivedReset(ageNs: ageNs, now: Self.second) }
    for _ in 0..<1_000 { #expect(reset(0) == nil) }
    #expect(reset(nil) == .resets)
  }

  @Test func lateResetsAndThoseOfBusyCallersDoNot() {
    var guardian = Self.greeted()
    func reset(_ ageNs: Int64?) -> FloodGuard.Excess? { guardian.receivedReset(ageNs: ageNs, now: Self.second) }
    for _ in 0..<10_000 { #expect(reset(Self.second) == nil) }
    for _ in 0..<10_000 {
      guardian.callEnded()
      #expect(reset(0) == nil)
    }
  }

  @Test func streamsThatHadToBeResetCount() {
    var guardian = Self.greeted()
    func reset() -> FloodGuard.Excess? { guardian.sentReset(now: Self.second) }
    for _ in 0..<200 { #expect(reset() == nil) }
    #expect(reset() == .streamErrors)
  }

  /// However the bytes are cut, the same frames are counted.
  @Test(arguments: [1, 2, 3, 8, 9, 10, 11, 100, 10_000])
  func cutAnywhere(pieceBytes: Int) {
    var guardian = FloodGuard()
    let frames = [
      Self.frame(0x4, stream: 0), Self.frame(0x1, flags: 0x4, payload: Array(repeating: 0x82, count: 20)),
      Self.frame(0x0, flags: 0x8, payload: [2, 0, 0]), Self.frame(0x0, flags: 0x8, payload: [0, 6]), Self.frame(0x0),
      Self.ping,
    ]
    let bytes = Self.preface + Array(repeatElement(frames.flatMap { $0 }, count: 20).joined())
    var excess: FloodGuard.Excess?
    for start in stride(from: 0, to: bytes.count, by: pieceBytes) where excess == nil {
      excess = bytes[start..<min(start + pieceBytes, bytes.count)].withUnsafeBytes { guardian.examine($0, now: 0) }
    }
    #expect(excess == nil)
    #expect(!guardian.isUnfinished)
    // 40 of the DATA frames were empty: so many are left.
    #expect(Self.taken(of: Self.frame(0x0), by: &guardian, now: 0).count == 500 - 40)
  }

  private static let ends: [(sent: [[UInt8]], isUnfinished: Bool)] = [
    ([Array(preface.prefix(5))], true),
    ([preface], false),
    ([preface, [0, 0]], true),
    ([preface, frame(0x1, payload: [0x82])], true),
    ([preface, frame(0x1, flags: 0x4, payload: [0x82])], false),
    ([preface, frame(0x1), frame(0x9, flags: 0x4)], false),
    ([preface, Array(ping.dropLast())], true),
  ]

  @Test(arguments: ends)
  func whatIsUnfinishedIsKnown(sent: [[UInt8]], isUnfinished: Bool) {
    var guardian = FloodGuard()
    for bytes in sent { _ = bytes.withUnsafeBytes { guardian.examine($0, now: 0) } }
    #expect(guardian.isUnfinished == isUnfinished)
  }
}

/// Limits the useless work that one connection may cause. A value without a clock or a socket: time is a parameter, and
/// the connection's session carries out its decisions.
///
/// nghttp2 1.52 itself bounds only waiting acknowledgements, the settings in a frame and the CONTINUATIONs of a header
/// block. The limits here are far above what well-behaved callers do, including proxies with thousands of clients,
/// because useful work earns its sender more.
struct FloodGuard {
  /// The limit that was exceeded.
  enum Excess: String {
    case pings = "PING frames"
    case settings = "SETTINGS frames"
    case windowUpdates = "WINDOW_UPDATE frames"
    case priorities = "PRIORITY frames"
    case unknownFrames = "frames of unknown kinds"
    case emptyData = "DATA frames without data"
    case continuations = "CONTINUATION frames in a header block"
    case headers = "header fields in a header block"
    case resets = "calls that were reset at once"
    case streamErrors = "streams that had to be reset"
    case unsentFrames = "unread responses"
  }

  private typealias Rate = Allowance.Rate
  private static let pingRate = Rate(atOnceMax: 1_000, perSecond: 50)
  private static let settingsRate = Rate(atOnceMax: 100, perSecond: 5)
  private static let windowUpdateRate = Rate(atOnceMax: 5_000, perSecond: 500)
  private static let priorityRate = Rate(atOnceMax: 1_000, perSecond: 100)
  private static let unknownFrameRate = Rate(atOnceMax: 1_000, perSecond: 100)
  private static let emptyDataRate = Rate(atOnceMax: 500, perSecond: 50)
  private static let resetRate = Rate(atOnceMax: 1_000, perSecond: 100)
  private static let streamErrorRate = Rate(atOnceMax: 200, perSecond: 20)
  /// A header block at its limit, in the smallest frames that HTTP/2's peers use, needs one of them.
  private static let continuationsMax = 8
  /// A call that lived this long held one of its connection's streams for so long; resetting it is no way around the
  /// bound on streams.
  private static let earlyResetNs: Int64 = 50_000_000
  /// Window updates for each DATA frame that the caller receives: for the stream and for the connection, perhaps in
  /// halves.
  private static let windowUpdatesPerData: Int64 = 4

  private var scanner = FrameScanner()
  private var continuations = 0
  private var isInHeaderBlock = false
  private var pings = Allowance(pingRate)
  private var settings = Allowance(settingsRate)
  private var windowUpdates = Allowance(windowUpdateRate)
  private var priorities = Allowance(priorityRate)
  private var unknownFrames = Allowance(unknownFrameRate)
  private var emptyData = Allowance(emptyDataRate)
  private var resets = Allowance(resetRate)
  private var streamErrors = Allowance(streamErrorRate)

  /// Whether the caller has begun a frame or a header block that it has not ended.
  var isUnfinished: Bool { scanner.isMidFrame || isInHeaderBlock }

  /// Looks at bytes before nghttp2 gets them.
  /// - Returns: what there is too much of; the connection must end then, and the bytes are not to be read.
  mutating func examine(_ bytes: UnsafeRawBufferPointer, now: Int64) -> Excess? {
    var excess: Excess?
    var scanner = scanner
    scanner.scan(bytes) { head in
      excess = count(head, now: now)
      return excess == nil
    }
    self.scanner = scanner
    return excess
  }

  private mutating func count(_ head: FrameScanner.Head, now: Int64) -> Excess? {
    let ends = head.flags & 0x1 != 0
    let endsBlock = head.flags & 0x4 != 0
    switch head.type {
    case 0x0:  // DATA
      return head.length > head.padding || ends || emptyData.spend(now: now) ? nil : .emptyData
    case 0x1:  // HEADERS
      continuations = 0
      isInHeaderBlock = !endsBlock
      priorities.earn(1)
      return nil
    case 0x2: return priorities.spend(now: now) ? nil : .priorities
    case 0x3, 0x5, 0x7: return nil  // RST_STREAM is counted by its stream; the others end the connection by themselves
    case 0x4: return settings.spend(now: now) ? nil : .settings
    case 0x6: return pings.spend(now: now) ? nil : .pings
    case 0x8: return windowUpdates.spend(now: now) ? nil : .windowUpdates
    case 0x9:  // CONTINUATION
      continuations += 1
      if endsBlock { isInHeaderBlock = false }
      return continuations > Self.continuationsMax ? .continuations : nil
    default: return unknownFrames.spend(now: now) ? nil : .unknownFrames
    }
  }

  /// A DATA frame went to the caller, which may now measure the way (PING) and give window back.
  @inline(__always)
  mutating func sentData() {
    pings.earn(1)
    windowUpdates.earn(Self.windowUpdatesPerData)
  }

  /// A call went from its beginning to its end.
  @inline(__always)
  mutating func callEnded() { resets.earn(1) }

  /// The caller has reset a stream that was `ageNs` old, or one that was gone already.
  mutating func receivedReset(ageNs: Int64?, now: Int64) -> Excess? {
    if let ageNs, ageNs >= Self.earlyResetNs { return nil }
    return resets.spend(now: now) ? nil : .resets
  }

  /// The caller broke a stream in such a way that it had to be reset.
  mutating func sentReset(now: Int64) -> Excess? { streamErrors.spend(now: now) ? nil : .streamErrors }
}

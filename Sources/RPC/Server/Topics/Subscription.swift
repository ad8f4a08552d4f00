internal import Glibc

/// A subscriber's position in a ``Topic``, and its filter. Confined to its loop.
public final class Subscription<Attributes: EventAttributes>: StreamSource {
  private let ring: TopicRing<Attributes>
  /// What it follows; nil for everything.
  private let subjects: [Attributes.Subject?]
  /// The same, to look one up; nil for everything.
  private let wanted: Set<Attributes.Subject>?
  /// Its indexes among the followers of its subjects, while it follows.
  private var indexes: [Int] = []
  /// Number of the next event to look at.
  private var position: Int
  /// No event from here on concerns it, as far as it was told.
  private var told: Int
  /// Bytes of the event at `position` that have gone.
  private var sentOfEvent = 0
  private unowned(unsafe) var call: Call?
  private var waiter: CheckedContinuation<Void, any Error>?

  /// Selects the events to send among those of its subjects; all of these by default. Called once per event, on the
  /// loop: keep it cheap.
  public var filter: ((Attributes) -> Bool)?

  init(ring: TopicRing<Attributes>, subjects: [Attributes.Subject]?) {
    self.ring = ring
    self.subjects = subjects ?? [nil]
    wanted = subjects.map { Set($0) }
    position = ring.head
    told = ring.head
  }

  /// Whether events were overwritten before they could be sent. The subscriber must read the state again.
  public private(set) var isBehind = false

  /// Moves to the next event to come, after what was missed has been read otherwise.
  public func catchUp() {
    position = ring.head
    told = ring.head
    sentOfEvent = 0
    isBehind = false
  }

  /// Whether it gets the event: between two that concern it, there may be others.
  @inline(__always)
  private func selects(_ number: Int) -> Bool {
    if wanted == nil && filter == nil { return true }
    let attributes = ring.attributes(number)
    if let wanted, !attributes.subjects.contains(where: wanted.contains) { return false }
    return filter?(attributes) ?? true
  }

  func attach(to call: Call) {
    self.call = call
    // Before now, nobody told it of anything.
    told = ring.head
    indexes = subjects.indices.map { ring.followers(of: subjects[$0]).add(self, place: $0) }
  }

  func detach() {
    call?.source = nil
    call = nil
    for place in indexes.indices {
      ring.followers(of: subjects[place]).remove(at: indexes[place])
      ring.forget(subjects[place])
    }
    indexes = []
  }

  /// Its index among the followers of a subject is another one.
  func moved(place: Int, to index: Int) { indexes[place] = index }

  /// Events up to here may concern it.
  private var end: Int { call == nil ? ring.head : told }

  private var isOvertaken: Bool {
    position < ring.startedOverAt || (position < end && position < ring.tail)
  }

  func waitUntilBehind() async throws {
    if isBehind { return }
    guard let call else { return }
    // The call resumes it when its caller is gone; the subscription resumes it when it falls behind.
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      call.receiveWaiter = continuation
    }
    if call.isCancelled { throw CancellationError() }
  }

  /// There are new events in the ring that concern it: the first one and the last one have these numbers.
  func eventsArrived(from first: Int, to last: Int) {
    // What came since the last one that concerned it, it need not look at.
    if position >= told { position = max(position, first) }
    told = max(told, last + 1)
    if isOvertaken { return fallBehind() }
    guard let call, call.isDeferred else { return }
    // Caught up and idle: what the filter refuses need not wake the stream.
    if sentOfEvent == 0 {
      while position < told && !selects(position) { position += 1 }
      if position == told { return }
    }
    call.wakeSender()
  }

  private func fallBehind() {
    // An event that has gone in part must go whole, or the stream is broken: its bytes are sent from a copy.
    if isBehind { return }
    isBehind = true
    call?.wakeReceiver()
  }

  override func nextEvent() -> [UInt8]? {
    if isBehind || isOvertaken {
      fallBehind()
      return nil
    }
    while position < end {
      let number = position
      position += 1
      if !selects(number) { continue }
      if startsOver(number) { return nil }
      guard let bytes = ring.bytes(number) else { continue }
      call?.gaveMessage(bytes.count - ByteBuffer.prefixBytes)
      return bytes
    }
    return nil
  }

  override func fill(_ target: UnsafeMutablePointer<UInt8>, _ limit: Int) -> Int {
    if isBehind || isOvertaken {
      fallBehind()
      return 0
    }
    var used = 0
    let end = end
    while used < limit && position < end {
      if sentOfEvent == 0 && !selects(position) {
        position += 1
        continue
      }
      if startsOver(position) { break }
      guard let bytes = ring.bytes(position) else {
        position += 1
        continue
      }
      let count = min(bytes.count - sentOfEvent, limit - used)
      bytes.withUnsafeBufferPointer { _ = memcpy(target + used, $0.baseAddress! + sentOfEvent, count) }
      used += count
      sentOfEvent += count
      if sentOfEvent == count { call?.gaveMessage(bytes.count - ByteBuffer.prefixBytes) }
      if sentOfEvent < bytes.count { break }
      sentOfEvent = 0
      position += 1
    }
    keepRest()
    return used
  }

  /// Whether the event, which concerns the subscriber, makes it read the state again. Then it falls behind, as if it
  /// had missed events.
  private func startsOver(_ number: Int) -> Bool {
    guard ring.attributes(number).startsOver else { return false }
    fallBehind()
    return true
  }

  /// The rest of a half-sent event must outlive the ring's turning: it moves to the stream's own buffer.
  private func keepRest() {
    guard sentOfEvent > 0, let call, let bytes = ring.bytes(position) else { return }
    bytes.withUnsafeBufferPointer {
      call.outgoing.append($0.baseAddress! + sentOfEvent, bytes.count - sentOfEvent)
    }
    sentOfEvent = 0
    position += 1
  }
}

internal import Glibc

/// A subscriber's position in a ``Topic``, and its filter. Confined to its loop.
public final class Subscription<Attributes: Sendable>: StreamSource {
  private let ring: TopicRing<Attributes>
  /// Number of the next event to look at.
  private var position: Int
  /// Bytes of the event at `position` that have gone.
  private var sentOfEvent = 0
  private unowned(unsafe) var call: Call?
  private var waiter: CheckedContinuation<Void, any Error>?
  /// Its place among the ring's followers, or -1.
  var index = -1

  /// Selects the events to send; all events by default. Called once per event, on the loop: keep it cheap.
  public var filter: ((Attributes) -> Bool)?

  init(ring: TopicRing<Attributes>) {
    self.ring = ring
    position = ring.head
  }

  /// Whether events were overwritten before they could be sent. The subscriber must read the state again.
  public private(set) var isBehind = false

  /// Moves to the next event to come, after what was missed has been read otherwise.
  public func catchUp() {
    position = ring.head
    sentOfEvent = 0
    isBehind = false
  }

  func attach(to call: Call) {
    self.call = call
    ring.add(self)
  }

  func detach() {
    call?.source = nil
    call = nil
    ring.remove(self)
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

  /// There are new events in the ring.
  func eventsArrived() {
    if position < ring.tail { return fallBehind() }
    guard let call, call.isDeferred else { return }
    // Caught up and idle: what the filter refuses need not wake the stream.
    if let filter, sentOfEvent == 0 {
      while position < ring.head && !filter(ring.event(position).attributes) { position += 1 }
      if position == ring.head { return }
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
    if isBehind || position < ring.tail {
      fallBehind()
      return nil
    }
    while position < ring.head {
      let event = ring.event(position)
      position += 1
      if let filter, !filter(event.attributes) { continue }
      call?.gaveMessage(event.bytes.count - ByteBuffer.prefixBytes)
      return event.bytes
    }
    return nil
  }

  override func fill(_ target: UnsafeMutablePointer<UInt8>, _ limit: Int) -> Int {
    if isBehind || position < ring.tail {
      fallBehind()
      return 0
    }
    var used = 0
    while used < limit && position < ring.head {
      let event = ring.event(position)
      if sentOfEvent == 0, let filter, !filter(event.attributes) {
        position += 1
        continue
      }
      let count = min(event.bytes.count - sentOfEvent, limit - used)
      event.bytes.withUnsafeBufferPointer { _ = memcpy(target + used, $0.baseAddress! + sentOfEvent, count) }
      used += count
      sentOfEvent += count
      if sentOfEvent == count { call?.gaveMessage(event.bytes.count - ByteBuffer.prefixBytes) }
      if sentOfEvent < event.bytes.count { break }
      sentOfEvent = 0
      position += 1
    }
    // The rest of a half-sent event must outlive the ring's turning: it moves to the stream's own buffer.
    if sentOfEvent > 0, let call {
      let event = ring.event(position)
      event.bytes.withUnsafeBufferPointer {
        call.outgoing.append($0.baseAddress! + sentOfEvent, event.bytes.count - sentOfEvent)
      }
      sentOfEvent = 0
      position += 1
    }
    return used
  }
}

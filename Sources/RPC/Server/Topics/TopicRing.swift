internal import EventLoop

/// The ring of a topic on one loop. Confined to its loop.
///
/// It tells its subscribers of new events in turn, as many as a turn of the loop allows. So ten thousand subscribers do
/// not delay other callers of the loop.
final class TopicRing<Attributes: EventAttributes>: IOSource {
  private static var followersPerClockRead: Int { 32 }

  private let loop: EventLoop
  private var slots: [PublishedEvent<Attributes>?]
  /// The bytes of each slot's event, once somebody of this loop has taken it; before that, none.
  private var taken: [[UInt8]]
  private let mask: Int
  /// Number of the next event.
  private(set) var head = 0
  /// Whoever has a position before it must read the state again.
  private(set) var startedOverAt = 0
  /// Those who get every event.
  private let everybody = TopicFollowers<Attributes>()
  private var bySubject: [Attributes.Subject: TopicFollowers<Attributes>] = [:]
  /// The lists with followers to tell, in turn.
  private var untold: [TopicFollowers<Attributes>] = []
  private var nextList = 0
  private(set) var followersTold = 0

  init(capacity: Int, loop: EventLoop) {
    slots = Array(repeating: nil, count: capacity)
    taken = Array(repeating: [], count: capacity)
    mask = capacity - 1
    self.loop = loop
  }

  var tail: Int { max(0, head - slots.count) }

  @inline(__always)
  func attributes(_ number: Int) -> Attributes { slots[number & mask].unsafelyUnwrapped.attributes }

  /// The event's bytes; nil when it cannot be encoded.
  @inline(__always)
  func bytes(_ number: Int) -> [UInt8]? {
    let bytes = taken[number & mask]
    return bytes.isEmpty ? take(number) : bytes
  }

  private func take(_ number: Int) -> [UInt8]? {
    guard let bytes = slots[number & mask].unsafelyUnwrapped.bytes else { return nil }
    taken[number & mask] = bytes
    return bytes
  }

  func publish(_ events: [PublishedEvent<Attributes>]) {
    for event in events {
      slots[head & mask] = event
      taken[head & mask] = []
      note(everybody)
      if !bySubject.isEmpty {
        for subject in event.attributes.subjects {
          if let followers = bySubject[subject] { note(followers) }
        }
      }
      head += 1
    }
    tell()
  }

  /// The numbers go on where every place of a subscriber is overtaken.
  func startOver() {
    head += slots.count
    note(everybody)
    for followers in bySubject.values { note(followers) }
    head += 1
    startedOverAt = head
    tell()
  }

  /// The followers are to be told of the event at `head`.
  private func note(_ followers: TopicFollowers<Attributes>) {
    if followers.note(head) { untold.append(followers) }
  }

  override func goOn() { tell() }

  private func tell() {
    while nextList < untold.count {
      let followers = untold[nextList]
      while followers.untold > 0 {
        followers.tellNext()
        followersTold &+= 1
        if followersTold % Self.followersPerClockRead == 0 && loop.isPieceOver { return loop.atNextTurn(self) }
      }
      nextList += 1
    }
    untold.removeAll(keepingCapacity: true)
    nextList = 0
  }

  /// The followers of a subject; of everything for nil.
  func followers(of subject: Attributes.Subject?) -> TopicFollowers<Attributes> {
    guard let subject else { return everybody }
    if let followers = bySubject[subject] { return followers }
    let made = TopicFollowers<Attributes>()
    bySubject[subject] = made
    return made
  }

  /// Forgets a subject that nobody follows any more.
  func forget(_ subject: Attributes.Subject?) {
    if let subject, bySubject[subject]?.isEmpty == true { bySubject[subject] = nil }
  }
}

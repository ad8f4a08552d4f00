package import Protobuf

/// A subscriber's position in the log.
package struct EventCursor: Hashable, Sendable {
  /// The events whose effects were visible in the state that the subscriber was given first.
  package struct VisibleEvents: Hashable, Sendable {
    /// The snapshot of the state it was given.
    package let snapshot: Snapshot
    /// No event that the snapshot saw has a higher number.
    package let upTo: Int64

    /// The coverage of a state that was read in this snapshot.
    package init(snapshot: Snapshot, upTo: Int64) {
      self.snapshot = snapshot
      self.upTo = upTo
    }

    /// Whether the state contained the event's effect.
    package func contains(_ header: EventHeader) -> Bool { header.seq <= upTo && snapshot.sees(header.xid) }
  }

  /// The log: the first bytes of its id.
  package let log: UInt32
  /// Everything up to this number has been delivered, or was in the state.
  package let seq: Int64
  /// The later events that the state already contained.
  package let visible: VisibleEvents?

  private static let kind: UInt8 = 0x45
  /// The log, the position, and a snapshot with the longest list that a cursor has.
  private static let bytesMax = 4 + 8 + 3 * 8 + underWayMax * 8
  /// More transactions under way than these are not listed: see ``Snapshot/listing(atMost:)``.
  static let underWayMax = 32

  /// A position in a log.
  package init(log: UInt32, seq: Int64, visible: VisibleEvents? = nil) {
    self.log = log
    self.seq = seq
    self.visible = visible
  }

  /// The position after an event was delivered.
  package func after(_ seq: Int64) -> EventCursor {
    EventCursor(log: log, seq: seq, visible: visible.flatMap { $0.upTo > seq ? $0 : nil })
  }

  /// The cursor as subscribers of a stream keep it.
  package func text(signedBy signer: TokenSigner) -> String {
    var writer = TokenWriter(kind: Self.kind)
    writer.integer(log)
    writer.integer(seq)
    if let visible {
      let snapshot = visible.snapshot.listing(atMost: Self.underWayMax)
      writer.integer(visible.upTo)
      writer.integer(snapshot.xmin)
      writer.integer(snapshot.xmax)
      for xid in snapshot.underWay { writer.integer(xid) }
    }
    return writer.text(signedBy: signer)
  }

  /// The cursor that `text` is; nil when it is none, or one of another stream.
  package init?(_ text: String, signedBy signer: TokenSigner) {
    guard var reader = TokenReader(text, kind: Self.kind, bytesMax: Self.bytesMax, signedBy: signer),
      let log = reader.integer(UInt32.self), let seq = reader.integer(Int64.self), seq >= 0
    else { return nil }
    self.init(log: log, seq: seq)
    if reader.isAtEnd { return }
    guard let visible = Self.visible(&reader), visible.upTo > seq else { return nil }
    self.init(log: log, seq: seq, visible: visible)
  }

  private static func visible(_ reader: inout TokenReader) -> VisibleEvents? {
    guard let upTo = reader.integer(Int64.self), let xmin = reader.integer(UInt64.self),
      let xmax = reader.integer(UInt64.self)
    else { return nil }
    var underWay: [UInt64] = []
    while !reader.isAtEnd {
      guard underWay.count < underWayMax, let xid = reader.integer(UInt64.self) else { return nil }
      underWay.append(xid)
    }
    return Snapshot(xmin: xmin, xmax: xmax, underWay: underWay).map { VisibleEvents(snapshot: $0, upTo: upTo) }
  }
}

extension RequestCheck {
  /// The cursor that a subscriber came back with; nil to begin afresh, and when it is refused.
  /// - Parameter signer: signs the stream's cursors: ``EventHub/cursorSigner(of:)``.
  package mutating func cursor(_ text: Text, _ signer: TokenSigner) -> EventCursor? {
    if text.isEmpty { return nil }
    let cursor = EventCursor(text.string, signedBy: signer)
    require(cursor != nil, "cursor", "Must be a cursor of this stream, unchanged, or empty.")
    return cursor
  }
}

package import Protobuf
package import RPC

/// Delivers one topic of the event log to subscribers.
package struct EventFeed: Sendable {
  /// Makes the message for subscribers from an event and the cursor after it.
  package typealias Maker = @Sendable (_ event: LoggedEvent, _ cursor: String, _ arena: Arena) throws -> any Message

  /// The topic's name in the log.
  package let name: String
  /// The topic from which subscribers of all loops read.
  package let topic: Topic<EventHeader>
  private let make: Maker

  /// A feed of the log's topic `name`.
  package init(name: String, topic: Topic<EventHeader>, make: @escaping Maker) {
    self.name = name
    self.topic = topic
    self.make = make
  }

  /// Makes every subscriber read the state again.
  func startOver() { topic.startOver() }

  func message(
    _ event: LoggedEvent, cursor: EventCursor, signedBy signer: TokenSigner, in arena: Arena
  ) throws -> any Message {
    try make(event, cursor.text(signedBy: signer), arena)
  }

  /// The event for subscribers; its message is made when the first one takes it.
  func published(
    _ event: LoggedEvent, of log: UInt32, signedBy signer: TokenSigner, failed: @escaping @Sendable (any Error) -> Void
  ) -> PublishedEvent<EventHeader> {
    PublishedEvent(attributes: event.header, failed: failed) {
      try message(
        event, cursor: EventCursor(log: log, seq: event.header.seq), signedBy: signer, in: Arena())
    }
  }
}

package import Protobuf
package import RPC

/// Delivers one topic of the event log to subscribers.
///
/// A feed may have a part of each event for everybody, and the whole for those who reach what it concerns: see
/// ``EventVisibility``. Then each event is in the topic in both forms, one after the other, and a subscriber's filter
/// takes one of them. So each form is encoded once, however many take it.
///
/// Some changes cannot be told one by one, because they are too many: a category moves with its 100,000 products. One
/// event of a type in `restarts` stands for them, and the subscribers that it concerns get the present state again.
package struct EventFeed: Sendable {
  /// Makes the message for subscribers from an event and the cursor after it.
  package typealias Maker = @Sendable (_ event: LoggedEvent, _ cursor: String, _ arena: Arena) throws -> any Message

  /// The topic's name in the log.
  package let name: String
  /// The topic from which subscribers of all loops read.
  package let topic: Topic<EventHeader>
  private let make: Maker
  private let makePart: Maker?
  private let restarts: Set<String>

  /// A feed of the log's topic `name`.
  /// - Parameters:
  ///   - makePart: makes what everybody may know of an event; nil for a feed whose subscribers get all of it.
  ///   - restarts: the types of events after which a subscriber reads the state again.
  package init(
    name: String, topic: Topic<EventHeader>, make: @escaping Maker, part makePart: Maker? = nil,
    restarts: Set<String> = []
  ) {
    self.name = name
    self.topic = topic
    self.restarts = restarts
    self.makePart = makePart
    self.make = make
  }

  /// The form in which a subscriber gets an event.
  func form(of header: EventHeader, for visibility: EventVisibility?) -> EventForm {
    guard makePart != nil, let visibility else { return .whole }
    return visibility.form(of: header)
  }

  /// What subscribers' filters look at in a form of an event.
  func header(of event: LoggedEvent, _ form: EventForm = .whole) -> EventHeader {
    EventHeader(
      seq: event.header.seq, xid: event.header.xid, subjects: event.header.subjects, form: form,
      startsOver: restarts.contains(event.type))
  }

  /// Makes every subscriber read the state again.
  func startOver() { topic.startOver() }

  func message(
    _ event: LoggedEvent, _ form: EventForm, cursor: EventCursor, signedBy signer: TokenSigner, in arena: Arena
  ) throws -> any Message {
    let maker = form == .part ? makePart ?? make : make
    return try maker(event, cursor.text(signedBy: signer), arena)
  }

  /// The event for subscribers, in each of its forms; a message is made when the first one takes it.
  func published(
    _ event: LoggedEvent, of log: UInt32, signedBy signer: TokenSigner, failed: @escaping @Sendable (any Error) -> Void
  ) -> [PublishedEvent<EventHeader>] {
    let forms: [EventForm] = makePart == nil ? [.whole] : [.whole, .part]
    return forms.map { form in
      PublishedEvent(attributes: header(of: event, form), failed: failed) {
        try message(
          event, form, cursor: EventCursor(log: log, seq: event.header.seq), signedBy: signer, in: Arena())
      }
    }
  }
}

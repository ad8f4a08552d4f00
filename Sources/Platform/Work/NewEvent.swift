internal import Postgres
package import Protobuf

/// An event that a unit of work appends to the event log.
package struct NewEvent: Sendable {
  fileprivate let topic: String
  fileprivate let key: ID
  fileprivate let type: String
  fileprivate let subjects: [ID]
  fileprivate let payload: String

  /// An event.
  /// - Parameters:
  ///   - topic: the stream that it belongs to: `inventory.stock`.
  ///   - key: what changed: the events of one key keep their order.
  ///   - type: what happened to it: `adjusted`.
  ///   - subjects: everything else that it concerns: subscribers select by any of these.
  ///   - payload: what subscribers are told.
  package init(
    _ topic: String, _ type: String, of key: ID, subjects: [ID] = [], payload: some Message
  ) throws {
    self.init(topic, type, of: key, subjects: subjects, json: try payload.json())
  }

  /// An event whose payload is JSON already; an empty object for one that says nothing more.
  package init(_ topic: String, _ type: String, of key: ID, subjects: [ID] = [], json: String = "{}") {
    self.topic = topic
    self.key = key
    self.type = type
    self.subjects = [key] + subjects.filter { $0 != key }
    payload = json
  }

  /// One statement for all events of a work. The events get their numbers here: nothing that may fail comes after it.
  fileprivate static let kind = BufferedKind<NewEvent>(.events) { events in
    """
    INSERT INTO platform.event (topic, key, type, subjects, payload)
    SELECT e.topic, e.key, e.type, e.subjects::uuid[], e.payload::jsonb
      FROM unnest(\(events.map(\.topic))::text[], \(events.map(\.key))::uuid[], \(events.map(\.type))::text[],
                  \(events.map(\.subjectList))::text[], \(events.map(\.payload))::text[])
           WITH ORDINALITY e (topic, key, type, subjects, payload, place)
     ORDER BY e.place
    """
  }

  /// An array of Postgres.
  private var subjectList: String { "{" + subjects.map(\.description).joined(separator: ",") + "}" }
}

extension Work {
  /// Appends an event to the log, at the end of the work: by then the rows that it is about are locked.
  package func publish(_ event: NewEvent) { atCommit(NewEvent.kind, event) }
}

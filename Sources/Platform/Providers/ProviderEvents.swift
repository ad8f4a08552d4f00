internal import EventLoop
internal import Logging
internal import Postgres
package import RPC

/// What a provider tells the shop by its webhook.
package struct ProviderEvent: Sendable {
  /// The provider's own id of the event; the same when it is sent again.
  package let id: String
  /// The body as it was sent.
  package let body: [UInt8]

  /// An event.
  package init(id: String, body: [UInt8]) {
    self.id = id
    self.body = body
  }
}

/// Receives the events of one provider.
package protocol ProviderEventReceiver: Sendable {
  /// The name of the provider, as in the path of its webhook.
  var provider: String { get }

  /// The event of a request; nil for what the shop does not need to know.
  /// - Throws: ``EventSignature/Refusal`` unless the provider has signed it; ``MalformedEvent``.
  func event(of request: HTTPRequest, at now: Instant) throws -> ProviderEvent?

  /// Carries out what the event says, with its effects in the unit of work and nowhere else.
  nonisolated(nonsending) func apply(_ event: ProviderEvent, in work: Work) async throws
}

/// A signed event that cannot be read.
package struct MalformedEvent: Error {
  /// Nothing more is told.
  package init() {}
}

/// The webhooks of all providers: `POST /webhooks/{provider}`.
///
/// An event that arrives several times, at several servers, at one moment, has one effect: its id is stored in the
/// transaction of the effect. The provider gets 200 for each of them. For everything else it is told to send the event
/// again, or that doing so is of no use.
package struct ProviderEvents: Sendable {
  /// The largest body of an event.
  package static let bodyBytesMax = 256 * 1_024
  private static let idBytesMax = 200

  private let receivers: [String: any ProviderEventReceiver]

  /// The webhooks of these receivers, each of another provider; two of one provider are a mistake of the program.
  package init(_ receivers: [any ProviderEventReceiver]) {
    self.receivers = Dictionary(receivers.map { ($0.provider, $0) }) { one, _ in
      preconditionFailure("two receivers have the events of \(one.provider)")
    }
  }

  /// The route for a server.
  package var route: HTTPRoute {
    HTTPRoute("POST", "/webhooks/{provider}", bodyBytesMax: Self.bodyBytesMax) { [self] request in
      guard let receiver = receivers[request.parameters["provider"] ?? ""] else {
        return HTTPResponse(status: 404, text: "no such provider\n")
      }
      do {
        guard let event = try receiver.event(of: request, at: .now) else { return HTTPResponse(text: "ignored\n") }
        guard (1...Self.idBytesMax).contains(event.id.utf8.count), !event.id.utf8.contains(0) else {
          throw MalformedEvent()
        }
        guard let database = EventLoop.current?.database else { throw PostgresError.unavailable }
        let isNew = try await Self.once(event, of: receiver, database, EventLoop.current?.vault)
        return HTTPResponse(text: isNew ? "done\n" : "done before\n")
      } catch let refusal as EventSignature.Refusal {
        Logger(label: "fastshop.providers").warning(
          "an event was refused", metadata: ["provider": "\(receiver.provider)", "reason": "\(refusal)"])
        return HTTPResponse(status: 401, text: "the signature is not valid\n")
      } catch is MalformedEvent {
        return HTTPResponse(status: 400, text: "the event cannot be read\n")
      } catch let error as any RPCErrorConvertible {
        throw error.rpcError
      }
    }
  }

  /// Carries an event out, unless that was done before. Of two that arrive at one moment, one waits for the other; on
  /// one loop without a connection.
  /// - Returns: whether it was carried out now.
  private nonisolated(nonsending) static func once(
    _ event: ProviderEvent, of receiver: any ProviderEventReceiver, _ database: Database, _ vault: Vault?
  ) async throws -> Bool {
    let source = "webhooks/\(receiver.provider)"
    let origin = WorkOrigin.system(source, vault: vault)
    return try await database.work(as: origin, contending: [ContentionKey(source, text: event.id)]) { work in
      let isNew = try await work.execute(
        """
        INSERT INTO platform.provider_event (provider, event_id)
        VALUES (\(receiver.provider), \(event.id))
            ON CONFLICT ON CONSTRAINT provider_event_pkey DO NOTHING
        """)
      if isNew == 0 { return false }
      try await receiver.apply(event, in: work)
      return true
    }
  }

  /// Forgets events after 35 days.
  static let chore = Chore("upkeep.provider-events", "45 * * * *") { database in
    try await database.execute(
      .deletingBatch(
        of: "platform.provider_event", where: "received_at < platform.retention_time() - interval '35 days'"))
  }
}

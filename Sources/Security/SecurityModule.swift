package import EventLoop
package import Platform
internal import Protobuf
package import RPC
internal import SecurityAPI

/// The security events of the platform, listed and live.
package struct SecurityModule: ShopModule {
  /// The number of events that a loop keeps for its subscribers.
  private static let eventsKept = 1_024

  /// The feed of security events.
  private let feed: EventFeed

  /// A module for the servers of `group`.
  package init(group: EventLoopGroup) {
    feed = EventFeed(
      name: SecurityLog.topicName, topic: Topic(group: group, capacity: Self.eventsKept)
    ) { event, cursor, arena in
      let response = try WatchSecurityEventsResponse(json: SecurityLog.json(of: event.payload), in: arena)
      response.cursor = arena.text(cursor)
      return response
    }
  }

  package var feeds: [EventFeed] { [feed] }
  package var chores: [Chore] { SecurityUpkeep.chores }

  package func services(_ hub: EventHub) -> [any RPCService] { [SecurityHandlers(hub: hub, feed: feed)] }
}

/// `fastshop.security.v1.SecurityService`.
struct SecurityHandlers: SecurityService {
  let hub: EventHub
  let feed: EventFeed

  func listSecurityEvents(
    _ request: ListSecurityEventsRequest, _ call: Call
  ) async throws -> ListSecurityEventsResponse {
    let page = try await SecurityEventList(request, try call.tokenSigner).read(call)
    let response = ListSecurityEventsResponse(in: call.arena)
    (response.events, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func watchSecurityEvents(
    _ request: consuming WatchSecurityEventsRequest, _ responses: ResponseStream<WatchSecurityEventsResponse>,
    _ call: Call
  ) async throws {
    var check = RequestCheck()
    let user = check.optionalID(request.userID, "user_id")
    let signer = hub.cursorSigner(of: feed)
    let cursor = check.cursor(request.cursor, signer)
    _ = consume request
    try check.verify()
    let watch = EventWatch(.concerning(user ?? SecurityLog.everything), of: feed, from: hub, to: responses, call)
    var hasBegun = cursor != nil
    try await watch.run(from: cursor) { place in
      // There is no snapshot that could replace missed events: a client that returns with the cursor reads the log.
      if hasBegun { throw SecurityError.readerBehind }
      hasBegun = true
      let response = WatchSecurityEventsResponse(in: responses.arena)
      response.cursor = response.storage.arena.text(place.text(signedBy: signer))
      try await responses.send(response)
      return SnapshotCoverage(place)
    }
  }
}

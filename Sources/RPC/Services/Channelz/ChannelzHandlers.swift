internal import Protobuf

/// Implements `grpc.channelz.v1` for the servers of the process. It shows connected clients, so it is served only where
/// an operator enables it.
///
/// It lists no channels: outgoing calls are visible at the servers that receive them.
struct ChannelzHandlers: ChannelzChannelzService {
  /// Entries of a page, at most and when the caller does not say.
  static let pageMax = 500
  static let pageUsual = 100

  func getTopChannels(
    _ request: ChannelzGetTopChannelsRequest, _ call: Call
  ) async throws -> ChannelzGetTopChannelsResponse {
    _ = try Self.page(request.maxResults)
    let response = ChannelzGetTopChannelsResponse(in: call.arena)
    response.end = true
    return response
  }

  func getServers(_ request: ChannelzGetServersRequest, _ call: Call) async throws -> ChannelzGetServersResponse {
    let page = try Self.page(request.maxResults)
    let wanted = ProcessServers.all.filter { $0.channelzID >= request.startServerID }
    let response = ChannelzGetServersResponse(in: call.arena)
    for server in wanted.prefix(page) {
      let counters = await server.callCounters
      ChannelzView(arena: call.arena).fill(response.server.appendNew(), server, counters)
    }
    response.end = wanted.count <= page
    return response
  }

  func getServer(_ request: ChannelzGetServerRequest, _ call: Call) async throws -> ChannelzGetServerResponse {
    let server = try Self.server(request.serverID)
    let counters = await server.callCounters
    let response = ChannelzGetServerResponse(in: call.arena)
    let answer = ChannelzServer(in: call.arena)
    ChannelzView(arena: call.arena).fill(answer, server, counters)
    response.server = answer
    return response
  }

  func getServerSockets(
    _ request: ChannelzGetServerSocketsRequest, _ call: Call
  ) async throws -> ChannelzGetServerSocketsResponse {
    let page = try Self.page(request.maxResults)
    let server = try Self.server(request.serverID)
    let names = await server.connectionNames(from: request.startSocketID, countMax: page + 1)
    let response = ChannelzGetServerSocketsResponse(in: call.arena)
    for (id, name) in names.prefix(page) {
      let reference = response.socketRef.appendNew()
      reference.socketID = id
      reference.name = call.arena.text(name)
    }
    response.end = names.count <= page
    return response
  }

  func getChannel(_ request: ChannelzGetChannelRequest, _ call: Call) async throws -> ChannelzGetChannelResponse {
    throw Self.missing("channel", request.channelID)
  }

  func getSubchannel(
    _ request: ChannelzGetSubchannelRequest, _ call: Call
  ) async throws -> ChannelzGetSubchannelResponse {
    throw Self.missing("subchannel", request.subchannelID)
  }

  func getSocket(_ request: ChannelzGetSocketRequest, _ call: Call) async throws -> ChannelzGetSocketResponse {
    for server in ProcessServers.all {
      guard let snapshot = await server.snapshot(ofSocket: request.socketID) else { continue }
      let response = ChannelzGetSocketResponse(in: call.arena)
      response.socket = ChannelzView(arena: call.arena).socket(snapshot, summary: request.summary)
      return response
    }
    throw Self.missing("socket", request.socketID)
  }

  private static func page(_ wanted: Int64) throws -> Int {
    guard wanted >= 0 else {
      let violation = ErrorDetail.FieldViolation(field: "max_results", description: "Must not be negative.")
      throw RPCError(.invalidArgument, "max_results: must not be negative", details: [.badRequest([violation])])
    }
    return wanted == 0 ? pageUsual : Int(min(wanted, Int64(pageMax)))
  }

  private static func server(_ id: Int64) throws -> RPCServer {
    guard let server = ProcessServers.find(id) else { throw missing("server", id) }
    return server
  }

  private static func missing(_ what: String, _ id: Int64) -> RPCError {
    RPCError(.notFound, "there is no \(what) \(id)")
  }
}

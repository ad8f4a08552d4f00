internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.ChannelService`.
struct ChannelHandlers: ChannelService {
  func createChannel(_ request: CreateChannelRequest, _ call: Call) async throws -> CreateChannelResponse {
    let channel = request.channel ?? SalesChannel(in: call.arena)
    var check = RequestCheck()
    let code = check.code(channel.code, "channel.code", isRequired: true)
    let fields = ChannelFields(channel, &check) { _ in true }
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let response = CreateChannelResponse(in: work.arena)
      response.channel = try await ChannelStore(work: work).create(code, fields)
      return response
    }
  }

  func updateChannel(_ request: UpdateChannelRequest, _ call: Call) async throws -> UpdateChannelResponse {
    let channel = request.channel ?? SalesChannel(in: call.arena)
    var check = RequestCheck()
    let id = check.id(channel.id, "channel.id")
    let mask = check.updateMask(request.updateMask, of: request.channel, changing: ChannelFields.all)
    let fields = ChannelFields(channel, &check) { mask.contains($0) }
    let expected = check.etag(channel.etag, "channel.etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await call.work(request, id: requestID) { work in
      let store = ChannelStore(work: work)
      let before = try await store.lock(id, in: expected)
      let response = UpdateChannelResponse(in: work.arena)
      response.channel = try await store.update(before, id, fields, mask)
      return response
    }
  }

  func listChannels(_ request: ListChannelsRequest, _ call: Call) async throws -> ListChannelsResponse {
    let page = try await ChannelPages(request, try call.tokenSigner).read(call)
    let response = ListChannelsResponse(in: call.arena)
    (response.channels, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func setChannelListing(_ request: SetChannelListingRequest, _ call: Call) async throws -> SetChannelListingResponse {
    let change = try ChannelListingChange(request, by: call.caller, in: call.arena)
    return try await call.work(request, id: change.requestID) { work in
      let response = SetChannelListingResponse(in: work.arena)
      response.channelListing = try await change.carryOut(in: work)
      return response
    }
  }

  func deleteChannelListing(
    _ request: DeleteChannelListingRequest, _ call: Call
  ) async throws -> DeleteChannelListingResponse {
    let deletion = try ChannelListingDeletion(request, by: call.caller)
    return try await call.work(request, id: deletion.requestID) { work in
      try await deletion.carryOut(in: work)
      return DeleteChannelListingResponse(in: work.arena)
    }
  }

  func listChannelListings(
    _ request: ListChannelListingsRequest, _ call: Call
  ) async throws -> ListChannelListingsResponse {
    let page = try await ChannelListingPages(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListChannelListingsResponse(in: call.arena)
    (response.channelListings, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }
}

internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.PriceService`.
struct PriceHandlers: PriceService {
  let currency: Currency

  func setPrices(_ request: SetPricesRequest, _ call: Call) async throws -> SetPricesResponse {
    let batch = try PriceBatch(request, by: call.caller, in: currency)
    return try await call.work(request, id: batch.requestID) { work in
      let response = SetPricesResponse(in: work.arena)
      response.outcomes.append(contentsOf: try await batch.carryOut(in: work))
      return response
    }
  }

  func listPrices(_ request: ListPricesRequest, _ call: Call) async throws -> ListPricesResponse {
    let page = try await PricePages(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListPricesResponse(in: call.arena)
    (response.prices, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func schedulePrices(_ request: SchedulePricesRequest, _ call: Call) async throws -> SchedulePricesResponse {
    let batch = try PriceBatch(request, by: call.caller, in: currency)
    return try await call.work(request, id: batch.requestID) { work in
      let response = SchedulePricesResponse(in: work.arena)
      response.outcomes.append(contentsOf: try await batch.carryOut(in: work))
      return response
    }
  }

  func cancelScheduledPrices(
    _ request: CancelScheduledPricesRequest, _ call: Call
  ) async throws -> CancelScheduledPricesResponse {
    let cancellation = try PriceCancellation(request, by: call.caller)
    return try await call.work(request, id: cancellation.requestID) { work in
      let response = CancelScheduledPricesResponse(in: work.arena)
      response.outcomes.append(contentsOf: try await cancellation.carryOut(in: work))
      return response
    }
  }

  func listPriceHistory(_ request: ListPriceHistoryRequest, _ call: Call) async throws -> ListPriceHistoryResponse {
    let prior = try PriorPriceQuery(request, for: call.caller)
    let page = try await PricePages(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListPriceHistoryResponse(in: call.arena)
    (response.prices, response.nextPageToken) = (page.elements, page.nextPageToken)
    if let query = prior.query { response.priorPrice = try await call.database.first(PriorPrice.self, query) }
    return response
  }

  func createPriceList(_ request: CreatePriceListRequest, _ call: Call) async throws -> CreatePriceListResponse {
    let creation = try PriceListCreation(request, by: call.caller, in: call.arena)
    return try await call.work(request, id: creation.requestID) { work in
      let response = CreatePriceListResponse(in: work.arena)
      response.priceList = try await creation.carryOut(in: work)
      return response
    }
  }

  func updatePriceList(_ request: UpdatePriceListRequest, _ call: Call) async throws -> UpdatePriceListResponse {
    let update = try PriceListUpdate(request, by: call.caller, in: call.arena)
    return try await call.work(request, id: update.requestID) { work in
      let response = UpdatePriceListResponse(in: work.arena)
      response.priceList = try await update.carryOut(in: work)
      return response
    }
  }

  func deletePriceList(_ request: DeletePriceListRequest, _ call: Call) async throws -> DeletePriceListResponse {
    let deletion = try PriceListDeletion(request, by: call.caller)
    return try await call.work(request, id: deletion.requestID) { work in try await deletion.carryOut(in: work) }
  }

  func listPriceLists(_ request: ListPriceListsRequest, _ call: Call) async throws -> ListPriceListsResponse {
    let page = try await PriceListPages(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListPriceListsResponse(in: call.arena)
    (response.priceLists, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func quotePrices(_ request: QuotePricesRequest, _ call: Call) async throws -> QuotePricesResponse {
    var quotation = try PriceQuotation(request, for: call.caller)
    quotation.channel = try await ShopChannel.named(request.channel, for: call)
    let quotes = try await call.database.all(PriceQuote.self, quotation.query)
    let response = QuotePricesResponse(in: call.arena)
    for quote in quotes { response.outcomes.append(quotation.outcome(quote, in: call.arena)) }
    return response
  }
}

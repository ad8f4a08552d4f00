internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.VariantService`.
struct VariantHandlers: VariantService {
  let currency: Currency

  func createVariants(_ request: CreateVariantsRequest, _ call: Call) async throws -> CreateVariantsResponse {
    let creation = try VariantCreation(request, by: call.caller, in: currency)
    return try await call.work(request, id: creation.requestID) { work in try await creation.carryOut(in: work) }
  }

  func updateVariant(_ request: UpdateVariantRequest, _ call: Call) async throws -> UpdateVariantResponse {
    let update = try VariantUpdate(request, by: call.caller, in: currency, call.arena)
    return try await call.work(request, id: update.requestID) { work in try await update.carryOut(in: work) }
  }

  func deleteVariant(_ request: DeleteVariantRequest, _ call: Call) async throws -> DeleteVariantResponse {
    let deletion = try VariantDeletion(request, by: call.caller)
    return try await call.work(request, id: deletion.requestID) { work in try await deletion.carryOut(in: work) }
  }

  func reorderVariants(_ request: ReorderVariantsRequest, _ call: Call) async throws -> ReorderVariantsResponse {
    let order = try VariantOrder(request, by: call.caller)
    return try await call.work(request, id: order.requestID) { work in
      let response = ReorderVariantsResponse(in: work.arena)
      response.product = try await order.carryOut(in: work)
      return response
    }
  }

  func reorderOptions(_ request: ReorderOptionsRequest, _ call: Call) async throws -> ReorderOptionsResponse {
    let order = try VariantOrder(request, by: call.caller)
    return try await call.work(request, id: order.requestID) { work in
      let response = ReorderOptionsResponse(in: work.arena)
      response.product = try await order.carryOut(in: work)
      return response
    }
  }
}

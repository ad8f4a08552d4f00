internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import RPC

/// `fastshop.catalog.v1.VariantService`.
struct VariantHandlers: VariantService {
  func createVariants(_ request: CreateVariantsRequest, _ call: Call) async throws -> CreateVariantsResponse {
    let creation = try VariantCreation(request, by: call.caller)
    return try await call.work(request, id: creation.requestID) { work in try await creation.carryOut(in: work) }
  }
}

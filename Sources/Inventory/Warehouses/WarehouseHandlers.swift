internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.inventory.v1.WarehouseService`.
struct WarehouseHandlers: WarehouseService {
  func createWarehouse(_ request: CreateWarehouseRequest, _ call: Call) async throws -> CreateWarehouseResponse {
    let creation = try WarehouseCreation(request, by: call.caller)
    return try await call.work(request, id: creation.requestID) { work in try await creation.carryOut(in: work) }
  }

  func updateWarehouse(_ request: UpdateWarehouseRequest, _ call: Call) async throws -> UpdateWarehouseResponse {
    let change = try WarehouseChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID) { work in try await change.carryOut(in: work) }
  }

  func deleteWarehouse(_ request: DeleteWarehouseRequest, _ call: Call) async throws -> DeleteWarehouseResponse {
    let deletion = try WarehouseDeletion(request, by: call.caller)
    return try await call.work(request, id: deletion.requestID) { work in try await deletion.carryOut(in: work) }
  }

  func listWarehouses(_ request: ListWarehousesRequest, _ call: Call) async throws -> ListWarehousesResponse {
    let page = try await WarehouseList(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListWarehousesResponse(in: call.arena)
    (response.warehouses, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func setAllocationRule(
    _ request: SetAllocationRuleRequest, _ call: Call
  ) async throws -> SetAllocationRuleResponse {
    let change = try AllocationRuleChange(request, by: call.caller)
    return try await call.work(request, id: change.requestID) { work in try await change.carryOut(in: work) }
  }
}

extension SellerAccess {
  /// - Throws: ``InventoryError/noSuchSeller(_:)`` for a seller that does not exist, or not for the caller.
  nonisolated(nonsending) func verify(_ seller: ID, in work: Work) async throws {
    let rows = try await work.rows(
      "SELECT catalog.seller_exists(\(seller)) AND \(covers("\(seller)::uuid")) AS exists", access: .write)
    guard try rows.first?.bool("exists") == true else { throw InventoryError.noSuchSeller(seller.description) }
  }
}

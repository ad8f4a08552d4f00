internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.inventory.v1.BackInStockService`.
struct BackInStockHandlers: BackInStockService {
  let mailer: any StockMailer

  func subscribeBackInStock(
    _ request: SubscribeBackInStockRequest, _ call: Call
  ) async throws -> SubscribeBackInStockResponse {
    let subscription = try BackInStockSubscription(request, by: call.caller, mailer)
    return try await call.work { work in try await subscription.carryOut(in: work) }
  }

  func confirmBackInStock(
    _ request: ConfirmBackInStockRequest, _ call: Call
  ) async throws -> ConfirmBackInStockResponse {
    let confirmation = try BackInStockConfirmation(request, try call.vault)
    return try await call.work { work in
      try await confirmation.carryOut(in: work)
      return ConfirmBackInStockResponse(in: work.arena)
    }
  }

  func unsubscribeBackInStock(
    _ request: UnsubscribeBackInStockRequest, _ call: Call
  ) async throws -> UnsubscribeBackInStockResponse {
    let removal = try BackInStockRemoval(request, by: call.caller, try call.vault)
    return try await call.work { work in
      try await work.execute(removal.statement)
      return UnsubscribeBackInStockResponse(in: work.arena)
    }
  }
}

extension Caller {
  /// The account, of a person who is signed in. Programs wait for nothing.
  var account: ID? { kind == .user ? id : nil }
}

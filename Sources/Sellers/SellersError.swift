internal import Platform
internal import RPC

/// The reason why this module refuses a call.
enum SellersError: Error, Equatable {
  case noSuchShop(String)
  case noSuchApplication(String)
  /// The applicant has another role than a customer's, or the account is disabled.
  case applicantNotCustomer
  case applicationWaiting
  case slugTaken(String)
}

extension SellersError: RPCErrorConvertible {
  var rpcError: RPCError {
    switch self {
    case .noSuchShop(let name): .notFound("fastshop.sellers.v1.Shop", name)
    case .noSuchApplication(let name): .notFound("fastshop.sellers.v1.SellerApplication", name)
    case .applicantNotCustomer: SellersReason.applicantNotCustomer.error()
    case .applicationWaiting: SellersReason.applicationWaiting.error()
    case .slugTaken(let slug): SellersReason.shopSlugTaken.error("a shop has the slug \(slug)")
    }
  }
}

package import Postgres

/// The sellers whose resources a caller may access. All other resources do not exist for the caller.
package enum SellerAccess: Equatable, Sendable {
  /// The resources of all sellers.
  case every
  /// The resources of one seller.
  case only(ID)
  /// Nobody's.
  case none

  /// A condition: `column`, which holds a seller's id, is within reach.
  package func covers(_ column: Query) -> Query {
    switch self {
    case .every: "true"
    case .only(let seller): "\(column) = \(seller)"
    case .none: "false"
    }
  }
}

extension Caller {
  /// Whose things the caller's permissions are about. A program that is bound to a shop reaches that shop alone, for
  /// `sellers.any` is never among its permissions; one that is not reaches every shop if its owner may and its scopes
  /// say so, and else none.
  package var sellers: SellerAccess {
    if permissions.contains(.sellersAny) { return .every }
    return sellerID.map { .only($0) } ?? .none
  }
}

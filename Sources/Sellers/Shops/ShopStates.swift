internal import Platform

/// The states of a shop, as the database has them.
enum ShopStatus: String, Hashable, Sendable {
  case active, suspended
}

/// What staff do with a shop.
enum ShopMove: String, Hashable, Sendable {
  case suspend, reinstate
}

enum ShopStates {
  static let machine = StateMachine<ShopStatus, ShopMove, Never>([
    .init(.suspend, from: [.active], to: .suspended, permission: .sellersManage),
    .init(.reinstate, from: [.suspended], to: .active, permission: .sellersManage),
  ])
}

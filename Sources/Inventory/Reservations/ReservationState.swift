internal import Platform

/// The states of a reservation: an open one ends once, in one of three ways.
enum ReservationState: String {
  case open, committed, released, expired

  /// What ends it.
  enum Move: String {
    /// The order is sold.
    case commit
    /// The order is not sold.
    case release
    /// Its time is over.
    case expire
  }

  /// What happens to the stock that it held.
  enum Effect {
    /// It leaves the warehouse.
    case sell
    /// It can be sold to others.
    case giveBack
  }

  static let machine = StateMachine<ReservationState, Move, Effect>([
    .init(.commit, from: [.open], to: .committed, [.sell]),
    .init(.release, from: [.open], to: .released, [.giveBack]),
    .init(.expire, from: [.open], to: .expired, [.giveBack]),
  ])
}

internal import InventoryAPI

/// The order in which the warehouses of a seller serve an order, as the database writes it.
enum AllocationSequence: String {
  /// By the turn that the seller gave each.
  case priority
  /// The one with the most first.
  case stock
  /// The one nearest to the destination first.
  case nearest

  /// Nil where none was given, or one that is not known.
  init?(_ order: AllocationOrder) {
    switch order {
    case .priority: self = .priority
    case .stock: self = .stock
    case .nearest: self = .nearest
    case .unspecified, .unrecognized: return nil
    }
  }
}

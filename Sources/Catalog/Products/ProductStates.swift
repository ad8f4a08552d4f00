internal import CatalogAPI
internal import Platform

/// The states of a product, and what may follow what.
enum ProductState: String {
  case draft, active, archived
}

/// What sellers do with a product's state.
enum ProductMove: String {
  case publish, unpublish, archive, delete

  static let machine = StateMachine<ProductState, ProductMove, Never>([
    .init(.publish, from: [.draft], to: .active),
    .init(.unpublish, from: [.active, .archived], to: .draft),
    .init(.archive, from: [.draft, .active], to: .archived),
    // Nothing is left of it: the state is never written.
    .init(.delete, from: [.draft, .archived], to: .archived),
  ])

  /// In the audit log and the event log.
  var action: String { rawValue }
}

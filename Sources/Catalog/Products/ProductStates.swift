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
    // A draft may have a time at which it goes on sale, and loses it.
    .init(.unpublish, from: [.draft, .active, .archived], to: .draft),
    .init(.archive, from: [.draft, .active], to: .archived),
    // Nothing is left of it: the state is never written.
    .init(.delete, from: [.draft, .archived], to: .archived),
  ])

  var change: RecordedChange {
    switch self {
    case .publish: .publish
    case .unpublish: .unpublish
    case .archive: .archive
    case .delete: .delete
    }
  }
}

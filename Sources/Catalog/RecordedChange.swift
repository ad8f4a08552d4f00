/// What was done to a product, a category or a collection: its names in the audit log and in the event log.
struct RecordedChange {
  /// What was done, as the last part of the name of an action.
  let action: String
  /// What has happened, as the type of an event.
  let event: String

  static let create = RecordedChange(action: "create", event: "created")
  static let update = RecordedChange(action: "update", event: "updated")
  static let delete = RecordedChange(action: "delete", event: "deleted")
}

/// Of categories.
extension RecordedChange {
  static let move = RecordedChange(action: "move", event: "moved")
  static let merge = RecordedChange(action: "merge", event: "merged")
}

/// Of collections.
extension RecordedChange {
  static let setProducts = RecordedChange(action: "set_products", event: "updated")
  /// The prices in its rule are in another currency from now on.
  static let convertPrices = RecordedChange(action: "convert_prices", event: "updated")
}

/// Of products.
extension RecordedChange {
  static let duplicate = RecordedChange(action: "duplicate", event: "created")
  static let schedule = RecordedChange(action: "schedule", event: "scheduled")
  static let publish = RecordedChange(action: "publish", event: "published")
  /// A draft lacked something at its time.
  static let refusePublication = RecordedChange(action: "refuse_publication", event: "publication_refused")
  static let unpublish = RecordedChange(action: "unpublish", event: "unpublished")
  static let archive = RecordedChange(action: "archive", event: "archived")
  static let createVariants = RecordedChange(action: "create_variants", event: "variants_changed")
  static let updateVariant = RecordedChange(action: "update_variant", event: "variants_changed")
  static let deleteVariant = RecordedChange(action: "delete_variant", event: "variants_changed")
  static let reorderVariants = RecordedChange(action: "reorder_variants", event: "variants_changed")
  static let reorderOptions = RecordedChange(action: "reorder_options", event: "variants_changed")
  /// By a row of an upsert. One that changes a product and its variants is both of the last two.
  static let upsertNew = RecordedChange(action: "upsert", event: "created")
  static let upsert = RecordedChange(action: "upsert", event: "updated")
  static let upsertVariants = RecordedChange(action: "upsert", event: "variants_changed")
}

/// Of product pages.
extension RecordedChange {
  static let join = RecordedChange(action: "join", event: "joined")
  static let leave = RecordedChange(action: "leave", event: "left")
  static let setSource = RecordedChange(action: "set_source", event: "source_set")
  static let endMerge = RecordedChange(action: "end_merge", event: "merge_ended")
}

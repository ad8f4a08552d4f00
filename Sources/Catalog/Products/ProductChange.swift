/// What was done to a product: its names in the audit log and in the event log.
struct ProductChange {
  /// What was done, as the last part of the name of an action.
  let action: String
  /// What has happened, as the type of an event.
  let event: String

  static let create = ProductChange(action: "create", event: "created")
  static let duplicate = ProductChange(action: "duplicate", event: "created")
  static let update = ProductChange(action: "update", event: "updated")
  static let schedule = ProductChange(action: "schedule", event: "scheduled")
  static let publish = ProductChange(action: "publish", event: "published")
  /// A draft lacked something at its time.
  static let refusePublication = ProductChange(action: "refuse_publication", event: "publication_refused")
  static let unpublish = ProductChange(action: "unpublish", event: "unpublished")
  static let archive = ProductChange(action: "archive", event: "archived")
  static let delete = ProductChange(action: "delete", event: "deleted")
  static let createVariants = ProductChange(action: "create_variants", event: "variants_changed")
  static let updateVariant = ProductChange(action: "update_variant", event: "variants_changed")
  static let deleteVariant = ProductChange(action: "delete_variant", event: "variants_changed")
  static let reorderVariants = ProductChange(action: "reorder_variants", event: "variants_changed")
  static let reorderOptions = ProductChange(action: "reorder_options", event: "variants_changed")
}

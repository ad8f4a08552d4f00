internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The attachments of a product as those of its copy: they are made of the same files, and each has its own row, so
/// that neither product loses a file when the other one removes it. The product is locked, so its files stay.
struct AttachmentCopies {
  /// The ids of the copies by those of the attachments.
  private let ids: [(former: ID, copy: ID)]

  init(of product: Product, at now: Instant) {
    ids = product.attachments.compactMap { attachment in ID(attachment.id.string).map { ($0, ID.made(at: now)) } }
  }

  /// The paths of their titles in the translations of the copy, by those in the translations of the product.
  var titlePaths: [String: String] {
    var paths: [String: String] = [:]
    for (former, copy) in ids { paths["attachments[\(former)].title"] = "attachments[\(copy)].title" }
    return paths
  }

  /// Adds them to the copy, which its document has then. In the order of the files, which a trigger locks.
  func insert(into copy: ID, in work: Work) {
    if ids.isEmpty { return }
    work.sendRequirement(
      """
      INSERT INTO catalog.attachment (id, product_id, seller_id, position, kind, url, title, file_hash)
      SELECT n.id, p.id, p.seller_id, a.position, a.kind, a.url, a.title, a.file_hash
        FROM unnest(\(ids.map(\.former))::uuid[], \(ids.map(\.copy))::uuid[]) n (former_id, id)
        JOIN catalog.attachment a ON a.id = n.former_id
        JOIN catalog.product p ON p.id = \(copy)
       ORDER BY a.file_hash
      RETURNING id
      """, rows: ids.count, "attachments_are_copied")
    work.send("SELECT catalog.refresh_product_attachments(ARRAY[\(copy)::uuid])")
  }
}

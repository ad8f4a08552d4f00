internal import Platform
internal import Postgres

/// The way of a subtree to another place in the tree.
struct CategoryRoute {
  /// Products whose rows one statement changes: it ends long before the time limit of statements, and before the
  /// server counts as unresponsive.
  static let productsPerStatement = 1_000

  let id: ID
  /// The ids of the ancestors from the root down, before.
  let source: [ID]
  /// The same, after.
  let target: [ID]
  /// How many levels the subtree has.
  let levels: Int32

  /// - Throws: ``CatalogError/noSuchCategory(_:)``; ``CatalogError/categoryCycle(parent:)`` when the parent is in the
  ///   subtree.
  init(of id: ID, below parent: ID?, in work: Work) async throws {
    // "0" is the character after "/": the range of paths is exactly what lies below.
    let rows = try await work.rows(
      """
      SELECT array_to_string(c.lineage[:c.depth], ',') AS source,
             coalesce(array_to_string(p.lineage, ','), '') AS target,
             coalesce((SELECT max(d.depth) FROM catalog.category d
                        WHERE d.path > c.path || '/' AND d.path < c.path || '0'), c.depth) - c.depth + 1 AS levels
        FROM catalog.category c
        LEFT JOIN catalog.category p ON p.id = \(parent)::uuid
       WHERE c.id = \(id)
      """, access: .write)
    guard let row = rows.first else { throw CatalogError.noSuchCategory(id.description) }
    self.id = id
    (source, target) = (Self.ids(try row.string("source")), Self.ids(try row.string("target")))
    levels = Int32(clamping: try row.int64("levels"))
    if target.contains(id) { throw CatalogError.categoryCycle(parent: parent?.description ?? "") }
  }

  private static func ids(_ list: String) -> [ID] { list.split(separator: ",").compactMap { ID(String($0)) } }

  /// Takes the products of the subtree from the shelves of categories that it leaves to those of the ancestors that it
  /// gets. The others stay.
  func reshelve(from source: [ID], in tree: CategoryTree) async throws {
    let left = source.filter { !target.contains($0) }
    let entered = target.filter { !source.contains($0) }
    if left.isEmpty && entered.isEmpty { return }
    tree.publishShelves(of: left + entered)
    let work = tree.work
    var last: ID?
    while true {
      let rows = try await work.rows(
        """
        WITH moved AS MATERIALIZED (
          SELECT s.product_id, s.seller_id, s.brand, s.price_minor, s.rating_score, s.units_sold, s.published_at
            FROM catalog.shelf s
           WHERE s.category_id = \(id)
             AND s.product_id > coalesce(\(last)::uuid, '00000000-0000-0000-0000-000000000000')
           ORDER BY s.product_id
           LIMIT \(Self.productsPerStatement)
        ), removed AS (
          DELETE FROM catalog.shelf h USING moved m
           WHERE h.product_id = m.product_id AND h.category_id = ANY (\(left)::uuid[])
        ), added AS (
          INSERT INTO catalog.shelf
                 (category_id, product_id, seller_id, brand, price_minor, rating_score, units_sold, published_at)
          SELECT e.id, m.* FROM moved m CROSS JOIN unnest(\(entered)::uuid[]) AS e (id)
        )
        SELECT m.product_id FROM moved m ORDER BY m.product_id DESC LIMIT 1
        """, access: .write)
      guard let row = rows.first else { return }
      last = try row.id("product_id")
    }
  }
}

internal import Platform
internal import Postgres

/// The tax categories of goods.
struct GoodsCategories {
  /// Of each of the goods; empty for none.
  let ofGoods: [String]

  /// All that there are.
  var all: Set<String> { Set(ofGoods) }

  static nonisolated(nonsending) func read(
    _ goods: [TaxableGoods], in runner: some QueryRunner
  ) async throws -> GoodsCategories {
    let subjects = Set(goods.filter { $0.taxCategory == nil }.flatMap(\.subjects))
    var assigned: [ID: String] = [:]
    for row in try await runner.rows(query(subjects.sorted())) {
      assigned[try row.id("subject_id")] = try row.string("category")
    }
    return GoodsCategories(
      ofGoods: goods.map { goods in
        goods.taxCategory ?? goods.subjects.lazy.compactMap { assigned[$0] }.first ?? ""
      })
  }

  static func query(_ subjects: [ID]) -> Query {
    """
    SELECT a.subject_id, a.category FROM taxes.category_assignment a WHERE a.subject_id = ANY (\(subjects)::uuid[])
    """
  }
}

extension TaxableGoods {
  /// What may have a tax category that is theirs, the nearest first.
  fileprivate var subjects: [ID] { (product.map { [$0] } ?? []) + categories }
}

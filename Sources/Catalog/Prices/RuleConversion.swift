internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The conversion of the prices in the rules of collections. A product that a rule let through before is let through
/// with its converted price, because both are rounded alike.
struct RuleConversion {
  private static let collectionsMax = 250

  let former: Currency
  let new: Currency
  /// The new amount of an expression with one, in minor units.
  let amount: @Sendable (Query) -> Query

  /// Converts the rules in batches. One that says that it is in another currency than the former one stays.
  func run(_ database: Database, byCommand command: String, vault: Vault?) async throws {
    var last: ID? = ID.none
    while let position = last {
      last = try await database.work(as: .command(command, vault: vault)) { work in
        try await convert(after: position, in: work)
      }
    }
  }

  /// Converts the next rules.
  /// - Returns: the last collection; nil when there are no more.
  private func convert(after position: ID, in work: Work) async throws -> ID? {
    let found: Query = """
      FROM catalog.collection o
       WHERE o.id > \(position) AND coalesce(o.price_currency, \(former.code)) = \(former.code)
         AND (o.rule -> 'minPriceMinor' IS NOT NULL OR o.rule -> 'maxPriceMinor' IS NOT NULL)
       ORDER BY o.id
       LIMIT \(Self.collectionsMax)
      """
    let query: Query = "SELECT \(CollectionColumns.collection) \(found) FOR UPDATE"
    let before = try await work.all(Collection.self, query)
    let ids = before.compactMap { ID($0.id.string) }
    guard let last = ids.last else { return nil }
    let after = try await work.all(Collection.self, update(ids))
    let store = CollectionStore(work: work)
    let changed = Dictionary(after.map { ($0.id.string, $0) }) { first, _ in first }
    for (id, collection) in zip(ids, before) {
      try store.record(.convertPrices, of: id, before: collection, after: changed[collection.id.string])
    }
    return last
  }

  private func update(_ ids: [ID]) -> Query {
    """
    UPDATE catalog.collection o
       SET rule = o.rule || jsonb_strip_nulls(
             jsonb_build_object(
               'minPriceMinor', \(bound("minPriceMinor")), 'maxPriceMinor', \(bound("maxPriceMinor")))),
           price_currency = \(new.code), version = o.version + 1, updated_at = clock_timestamp()
     WHERE o.id = ANY (\(ids)::uuid[])
    RETURNING \(CollectionColumns.collection)
    """
  }

  /// A bound of a range of prices, as the API's JSON has it. One that is too high for the new currency is as high as
  /// can be: no price is above it.
  private func bound(_ name: String) -> Query {
    """
    CASE WHEN o.rule -> \(name)::text IS NOT NULL
                  THEN least(\(amount("(o.rule ->> \(name)::text)::numeric")), \(Int64.max)::bigint)::bigint::text END
    """
  }
}

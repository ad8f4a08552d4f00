package import Postgres

/// How the rows of a page are found in indexes, before the rest of their columns is read: by a walk along the index of
/// the order. An index that covers all conditions is read without its table, so what a walk passes over costs little.
///
/// With filters that the order's index does not serve, the page is looked for
///
/// 1. in the next rows of the order, of which ``Filters`` bounds the number;
/// 2. if it is not complete there, in all rows that match, by an index that serves more filters: when they are few,
///    they are sorted;
/// 3. when they are many, in all further rows of the order, where it cannot be far then;
/// 4. where a row is dear to look at, in a bounded number of further rows, and after them in all that match, however
///    many: many that only stand at the end of the order cost less than all rows before them.
///
/// That is one statement: a page has the rows of one moment, whichever way they were found, and all ways find the same.
package struct IndexWalk {
  /// The table, under the name `h`, which the keys of the order use. The keys are plain columns of it.
  let table: Query
  /// The condition that the order's index serves.
  let condition: Query
  /// Made only where it is used: most pages are found without it.
  private let makeWhole: () -> Query
  let repeats: Bool
  /// The other conditions; nil without any.
  let filters: Filters?

  /// The conditions of a list that the index of its order does not serve.
  package struct Filters {
    let checked: Query
    let bounds: Bounds

    /// - Parameter checked: a condition on the rows of a walk, which are named `h`.
    package init(checked: Query, _ bounds: Bounds) {
      self.checked = checked
      self.bounds = bounds
    }
  }

  /// How many rows are read before the next way to find a page is taken.
  package struct Bounds: Sendable {
    let walkedMax: Int
    let gatheredMax: Int
    /// Nil for all rows of the order.
    let walkedFurtherMax: Int?

    /// A page of 20 is complete within 2,000 rows if one row in 100 matches. If fewer do, a million rows have some
    /// 10,000 matches. If they have more than 20,000, which only stand at the end of the order, the walk goes on.
    package static let usual = Bounds(walkedMax: 2_000, gatheredMax: 20_000)

    /// - Parameters:
    ///   - walkedMax: the rows that are looked at in the order.
    ///   - gatheredMax: the rows that are sorted.
    ///   - walkedFurtherMax: the rows that are looked at in the order when more match, before all that match are
    ///     sorted; nil to look at all rows.
    package init(walkedMax: Int, gatheredMax: Int, walkedFurtherMax: Int? = nil) {
      self.walkedMax = walkedMax
      self.gatheredMax = gatheredMax
      self.walkedFurtherMax = walkedFurtherMax
    }
  }

  /// `SELECT … FROM table WHERE condition`, and the filters.
  /// - Parameters:
  ///   - whole: all rows of the list, `h`, as another index than that of the order may serve them: `table WHERE …`.
  ///   - repeats: whether a row may come more than once in `whole`, which then has the keys of the order alone.
  package init(
    _ table: Query, where condition: Query, whole: @autoclosure @escaping () -> Query, repeats: Bool = false,
    filters: Filters? = nil
  ) {
    self.table = table
    self.condition = condition
    makeWhole = whole
    self.repeats = repeats
    self.filters = filters
  }

  private var whole: Query { makeWhole() }

  /// The rows of the whole list, for a statement to which the order does not matter: a SELECT.
  var rows: Query { repeats ? "SELECT DISTINCT h.* FROM \(whole)" : "SELECT FROM \(whole)" }

  /// The statement for a page: `columns` of its rows and of the tables that `joins` adds.
  func statement(_ columns: Query, _ joins: Query, _ page: PageRequest) -> Query {
    let order = page.order
    let next: Query = """
      SELECT h.* FROM \(table)
       WHERE \(condition) AND \(order.isAfter(page.position))
       ORDER BY \(order.columns)
      """
    let shown: Query = "\(joins) ORDER BY \(order.columns) LIMIT \(page.size + 1)"
    guard let filters else {
      let limit: Query = page.size <= FrequentPage.most ? FrequentPage.limit : "LIMIT \(page.size + 1)"
      return "SELECT \(columns) FROM (\(next) \(limit)) h \(shown)"
    }
    let ways = ways(next, filters, page)
    return "\(ways) SELECT \(columns) FROM \(found(page, filters.bounds)) h \(shown)"
  }

  /// The ways. Each is taken only when the ways before it have not found the page.
  private func ways(_ next: Query, _ filters: Filters, _ page: PageRequest) -> Query {
    let order = page.order
    let (walkedMax, gatheredMax) = (filters.bounds.walkedMax, filters.bounds.gatheredMax)
    return """
      WITH near AS MATERIALIZED (
        SELECT \(order.expressions) FROM (\(next) LIMIT \(walkedMax)) h
         WHERE \(filters.checked)
         ORDER BY \(order.columns) LIMIT \(page.size + 1)
      ), reach AS MATERIALIZED (
        SELECT (SELECT count(*) FROM near) <= \(page.size)
               AND (SELECT count(*) FROM (\(next) LIMIT \(walkedMax + 1)) w) > \(walkedMax) AS is_exceeded
      ), gathered AS MATERIALIZED (
        SELECT \(order.expressions) FROM \(whole)
           AND (SELECT r.is_exceeded FROM reach r) AND \(order.isAfter(page.position))
         LIMIT \(gatheredMax + 1)
      ), number AS MATERIALIZED (
        SELECT count(*) > \(gatheredMax) AS is_exceeded FROM gathered
      ), far AS MATERIALIZED (
        SELECT \(order.expressions) FROM \(further(next, filters, page))
         ORDER BY \(order.columns) LIMIT \(page.size + 1)
      )
      """
  }

  /// The matches among the further rows of the order: all of them, or those among the next ones. No index serves
  /// `coalesce`, so Postgres has to read the one of the order.
  private func further(_ next: Query, _ filters: Filters, _ page: PageRequest) -> Query {
    let isWanted: Query = "(SELECT n.is_exceeded FROM number n) AND coalesce(\(filters.checked), false)"
    guard let most = filters.bounds.walkedFurtherMax else {
      return "\(table) WHERE \(condition) AND \(page.order.isAfter(page.position)) AND \(isWanted)"
    }
    return "(\(next) LIMIT \(most)) h WHERE \(isWanted)"
  }

  /// The rows that one of the ways has found.
  private func found(_ page: PageRequest, _ bounds: Bounds) -> Query {
    guard bounds.walkedFurtherMax != nil else { return "(\(foundSoon(page)) UNION ALL SELECT h.* FROM far h)" }
    let order = page.order
    let isOver: Query = """
      (SELECT n.is_exceeded AND (SELECT count(*) FROM far) <= \(page.size) FROM number n)
      """
    let rows: Query = repeats ? "SELECT DISTINCT \(order.expressions)" : "SELECT \(order.expressions)"
    return """
      (\(foundSoon(page))
        UNION ALL
       SELECT h.* FROM far h WHERE NOT \(isOver)
        UNION ALL
       (\(rows) FROM \(whole) AND \(isOver) AND \(order.isAfter(page.position))
         ORDER BY \(order.columns) LIMIT \(page.size + 1)))
      """
  }

  /// Those of the first two ways.
  private func foundSoon(_ page: PageRequest) -> Query {
    let gathered: Query = repeats ? "SELECT DISTINCT h.* FROM gathered h" : "SELECT h.* FROM gathered h"
    return """
      SELECT h.* FROM near h WHERE NOT (SELECT r.is_exceeded FROM reach r)
        UNION ALL
       (\(gathered)
         WHERE NOT (SELECT n.is_exceeded FROM number n)
         ORDER BY \(page.order.columns) LIMIT \(page.size + 1))
      """
  }
}

package import Postgres
package import Protobuf
package import RPC

/// One page of a list. A module declares the rows and their order; position, paging and counting are done here.
///
/// Every statement is prepared and kept by each connection, so a list has few: one for each order and each set of rows.
/// Filters that are not part of an index have nullable values: `(\(kind)::text IS NULL OR e.kind = \(kind))`.
package protocol PagedList {
  /// The message that a row becomes.
  associatedtype Element: Message

  /// The page that the request asks for.
  var page: PageRequest { get }
  /// The rows of the whole list.
  var rows: ListRows { get }
  /// The rows that a page looks for its elements in, for a list whose filters no index serves; nil for all of them.
  var span: ListSpan? { get }
  /// For a list that is read through a cache, an expression whose text is another one whenever an element's message is.
  var version: Query? { get }
}

/// The next rows of the order, of which a page looks at a bounded number, whether they are elements or not. So a page
/// may have fewer elements than it could, or none, and the token of the next one, which begins behind these rows.
package struct ListSpan {
  /// As in `SELECT … FROM tables WHERE condition`, which the index of the order serves.
  let tables: Query
  let condition: Query
  /// At least 1.
  let rowsMax: Int

  package init(of tables: Query, where condition: Query, rowsMax: Int) {
    (self.tables, self.condition, self.rowsMax) = (tables, condition, max(rowsMax, 1))
  }
}

/// The rows of a whole list: the parts of a SELECT.
package struct ListRows {
  /// Where the rows come from.
  enum Source {
    case tables(Query, condition: Query)
    case walk(IndexWalk, joins: Query)
  }

  let columns: Query
  let source: Source
  /// Whether pages are planned once, for any values.
  let isPlannedOnce: Bool

  /// `SELECT columns FROM tables WHERE condition`.
  /// - Parameter isPlannedOnce: whether the list is asked for all the time, and all of the condition is what the index
  ///   of the order is for.
  package init(_ columns: Query, from tables: Query, where condition: Query, isPlannedOnce: Bool = false) {
    self.columns = columns
    source = .tables(tables, condition: condition)
    self.isPlannedOnce = isPlannedOnce
  }

  /// `SELECT columns FROM h JOIN …`, where `h` is the rows that a walk finds, with the keys of the order alone.
  /// - Parameters:
  ///   - joins: the tables of the columns, each as `JOIN … ON …`; each row has one partner in them.
  ///   - isPlannedOnce: whether the list is asked for all the time, and its plan does not depend on its values.
  package init(_ columns: Query, foundBy walk: IndexWalk, _ joins: Query, isPlannedOnce: Bool = false) {
    self.columns = columns
    source = .walk(walk, joins: joins)
    self.isPlannedOnce = isPlannedOnce
  }

  /// The rows, for a statement to which order and columns do not matter: a SELECT.
  var whole: Query {
    switch source {
    case .tables(let tables, let condition): "SELECT FROM \(tables) WHERE \(condition)"
    case .walk(let walk, _): walk.rows
    }
  }
}

/// A page that is planned once, for any values.
enum FrequentPage {
  /// The elements that it has at most.
  static let most = 250
  /// One row more, as a text: tells the planner how few rows are wanted, whatever the page's own limit is.
  static var limit: Query { "LIMIT 251" }
}

/// The elements of a page and what follows them.
package struct Page<Element: Message> {
  /// The elements, in the list's order.
  package let elements: RepeatedField<Element>
  /// The token of the next page; empty on the last page.
  package let nextPageToken: Text
  /// The number of elements of the whole list; nil when the request does not ask for it.
  package let total: TotalSize?
}

/// The elements of a page, encoded, and what follows them.
package struct EncodedPage<Element: Message> {
  /// The elements, in the list's order.
  package let elements: [EncodedMessage<Element>]
  /// The token of the next page; empty on the last page.
  package let nextPageToken: Text
  /// The number of elements of the whole list; nil when the request does not ask for it.
  package let total: TotalSize?
}

extension PagedList {
  /// Most lists are not read through a cache.
  package var version: Query? { nil }

  /// Most lists have filters that indexes serve.
  package var span: ListSpan? { nil }

  /// The statements for a page that is read through a cache: every call asks for the versions, and for the whole rows
  /// when the cache lacks one. Nil for other lists.
  package var cachedQueries: (versions: Query, whole: Query)? {
    versionColumns.map { (query($0), wholeQuery($0)) }
  }

  private var versionColumns: Query? { version.map { "\(MessageVersion.named($0))\(page.order.allColumns)" } }

  private func wholeQuery(_ versions: Query) -> Query { query("\(rows.columns), \(versions)") }

  /// The statement for the page, which asks for one row more than the page has, to tell whether another page follows.
  package var query: Query { query(upTo: page.order.end) }

  private func query(upTo end: [String]) -> Query {
    query("\(rows.columns)\(page.order.hiddenColumns)", span == nil ? "" : " AND \(page.order.isNotAfter(end))")
  }

  private func query(_ columns: Query, _ isInSpan: Query = "") -> Query {
    let rows = self.rows
    let query: Query
    switch rows.source {
    case .tables(let tables, let condition):
      let ordered: Query = """
        SELECT \(columns)
          FROM \(tables)
         WHERE \(condition) AND \(page.order.isAfter(page.position))\(isInSpan)
         ORDER BY \(page.order.columns)
        """
      guard rows.isPlannedOnce, page.size <= FrequentPage.most else { return "\(ordered) LIMIT \(page.size + 1)" }
      query = "SELECT * FROM (\(ordered) \(FrequentPage.limit)) page LIMIT \(page.size + 1)"
    case .walk(let walk, let joins):
      query = walk.statement(columns, joins, page)
    }
    return rows.isPlannedOnce ? query.plannedOnce : query
  }

  /// Reads the page for a call.
  package func read(_ call: Call) async throws -> Page<Element> {
    try await read(call.database.connections, in: call.arena)
  }

  /// Reads the page.
  package nonisolated(nonsending) func read(_ runner: some QueryRunner, in arena: Arena) async throws -> Page<Element> {
    let total = page.countsAll ? try await TotalSize.count(rows, runner) : nil
    let end = try await endOfSpan(runner)
    let found = try await runner.page(
      query(upTo: end ?? page.order.end), size: page.size, keys: page.order.keyColumns)
    return Page(
      elements: try found.messages(Element.self, in: arena),
      nextPageToken: try token(after: found.last ?? end, in: arena), total: total)
  }

  /// The keys of the last row of the page's span; nil when no row follows it, or when there is no span.
  private nonisolated(nonsending) func endOfSpan(_ runner: some QueryRunner) async throws -> [String]? {
    guard let span else { return nil }
    let order = page.order
    let query: Query = """
      SELECT true AS is_row\(order.allColumns)
        FROM \(span.tables)
       WHERE \(span.condition) AND \(order.isAfter(page.position))
       ORDER BY \(order.columns)
      OFFSET \(span.rowsMax - 1) LIMIT 2
      """
    return try await runner.page(query, size: 1, keys: order.allColumnNames).last
  }

  /// Reads the page for a call: which rows it has from Postgres, and the messages of those that `cache` has from there.
  /// The list has a ``version``.
  package func read(_ call: Call, through cache: MessageCache<Element>) async throws -> EncodedPage<Element> {
    guard let versions = versionColumns else { throw PostgresError.mapping("the list has no versions") }
    let total = page.countsAll ? try await TotalSize.count(rows, call.database.connections) : nil
    let (elements, last) = try await cache.page(
      versions: query(versions), whole: wholeQuery(versions), size: page.size, keys: page.order.allColumnNames, call)
    return EncodedPage(elements: elements, nextPageToken: try token(after: last, in: call.arena), total: total)
  }

  private func token(after last: [String]?, in arena: Arena) throws -> Text {
    guard let last else { return "" }
    guard let token = page.token(after: last) else { throw PostgresError.mapping("the keys of a page are too long") }
    return arena.text(token)
  }
}

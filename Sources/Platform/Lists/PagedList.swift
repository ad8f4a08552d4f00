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
  /// For a list that is read through a cache, an expression whose text is another one whenever an element's message is.
  var version: Query? { get }
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

  /// The statements for a page that is read through a cache: every call asks for the versions, and for the whole rows
  /// when the cache lacks one. Nil for other lists.
  package var cachedQueries: (versions: Query, whole: Query)? {
    versionColumns.map { (query($0), wholeQuery($0)) }
  }

  private var versionColumns: Query? { version.map { "\(MessageVersion.named($0))\(page.order.allColumns)" } }

  private func wholeQuery(_ versions: Query) -> Query { query("\(rows.columns), \(versions)") }

  /// The statement for the page, which asks for one row more than the page has, to tell whether another page follows.
  package var query: Query { query("\(rows.columns)\(page.order.hiddenColumns)") }

  private func query(_ columns: Query) -> Query {
    let rows = self.rows
    let query: Query
    switch rows.source {
    case .tables(let tables, let condition):
      let ordered: Query = """
        SELECT \(columns)
          FROM \(tables)
         WHERE \(condition) AND \(page.order.isAfter(page.position))
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
    let found = try await runner.page(query, size: page.size, keys: page.order.keyColumns)
    return Page(
      elements: try found.messages(Element.self, in: arena), nextPageToken: try token(after: found.last, in: arena),
      total: total)
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

package import Postgres

/// The order in which a unit of work writes what it has buffered. See docs/decisions/unit-of-work.md.
package enum FlushStep: CaseIterable, Sendable {
  /// Rows that others seldom wait for, such as jobs: only a job with the same key does.
  case rows
  /// The response to the request.
  case response
  /// Entries of the audit log, which lock the end of a chain until the transaction ends.
  case audit
  /// Events, for whose numbers all readers of the log wait.
  case events
}

/// A kind of rows that a unit of work writes at its end, all in one statement. Declare it once, as a `static let`.
package final class BufferedKind<Row>: Sendable {
  let step: FlushStep
  let statement: @Sendable ([Row]) throws -> Query

  /// Rows that `statement` writes at a step. Its text must not depend on the rows, or else be one of a few.
  ///
  /// Nobody looks at what it answers: where it matters how many rows were written, the statement itself must fail, by
  /// `platform.require`.
  package init(_ step: FlushStep, _ statement: @escaping @Sendable ([Row]) throws -> Query) {
    self.step = step
    self.statement = statement
  }
}

/// What a unit of work writes at its end.
struct WorkBuffers {
  private var buffers: [any RowBuffer] = []

  mutating func append<Row>(_ row: Row, _ kind: BufferedKind<Row>) {
    for case let buffer as Buffer<Row> in buffers where buffer.kind === kind {
      buffer.rows.append(row)
      return
    }
    buffers.append(Buffer(kind, row))
  }

  /// Whether there is something of this step.
  func holds(_ step: FlushStep) -> Bool { buffers.contains { $0.step == step && $0.count > 0 } }

  /// The statements, in the order of their steps.
  func statements() throws -> [Query] {
    var statements: [Query] = []
    for step in FlushStep.allCases {
      for buffer in buffers where buffer.step == step && buffer.count > 0 { statements.append(try buffer.query()) }
    }
    return statements
  }

  /// How many rows each kind has.
  var mark: [Int] { buffers.map(\.count) }

  /// Takes away what came since.
  mutating func truncate(to mark: [Int]) {
    for (index, buffer) in buffers.enumerated() { buffer.truncate(to: index < mark.count ? mark[index] : 0) }
  }
}

private protocol RowBuffer: AnyObject {
  var step: FlushStep { get }
  var count: Int { get }
  func truncate(to count: Int)
  func query() throws -> Query
}

private final class Buffer<Row>: RowBuffer {
  let kind: BufferedKind<Row>
  var rows: [Row]

  init(_ kind: BufferedKind<Row>, _ first: Row) {
    self.kind = kind
    rows = [first]
  }

  var step: FlushStep { kind.step }
  var count: Int { rows.count }
  func truncate(to count: Int) { rows.removeLast(rows.count - count) }
  func query() throws -> Query { try kind.statement(rows) }
}

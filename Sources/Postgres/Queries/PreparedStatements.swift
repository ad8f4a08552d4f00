/// The statements that are prepared on one connection, one for each slot of the ``StatementTable``.
struct PreparedStatements {
  /// What the server is to forget.
  enum Deallocation {
    case one(serial: UInt64)
    case all

    var sql: String {
      switch self {
      case .one(let serial): "DEALLOCATE s\(serial)"
      case .all: "DEALLOCATE ALL"
      }
    }
  }

  private let table: StatementTable
  private var slots: [Preparation]
  /// To be deallocated before the next statement is prepared.
  private var waiting: [Deallocation] = []
  /// The age of the schema that they were prepared for.
  private(set) var schemaAge: UInt64

  init(_ table: StatementTable) {
    self.table = table
    schemaAge = table.schemaAge
    slots = Array(repeating: Preparation(), count: table.capacity)
  }

  /// The connection's state of the slot of `statement`.
  subscript(_ statement: Statement) -> Preparation {
    get { slots[statement.slot] }
    set { slots[statement.slot] = newValue }
  }

  /// Whether the statement is prepared. After a change of the schema none is.
  mutating func contains(_ statement: Statement) -> Bool {
    if schemaAge != table.schemaAge { forgetAll() }
    return slots[statement.slot].serial == statement.serial
  }

  /// What is to be deallocated before `statement` is prepared.
  mutating func takeDeallocations(for statement: Statement) -> [Deallocation] {
    let former = slots[statement.slot].serial
    if former != 0 { waiting.append(.one(serial: former)) }
    defer { waiting.removeAll() }
    return waiting
  }

  /// The server skipped a deallocation.
  mutating func skipped(_ deallocation: Deallocation) {
    switch deallocation {
    case .one: waiting.append(deallocation)
    case .all: forgetAll()
    }
  }

  /// The server refused a request because its statement is not prepared (`isUnknown`) or older than the schema.
  mutating func refused(_ request: Request, _ statement: Statement, isUnknown: Bool) {
    let wasLast = slots[statement.slot].end(statement.serial, request.preparation)
    if isUnknown { return }
    if wasLast { waiting.append(.one(serial: statement.serial)) }
    table.schemaChanged(since: request.schemaAge)
  }

  private mutating func forgetAll() {
    schemaAge = table.schemaAge
    for slot in slots.indices { slots[slot].forget() }
    waiting = [.all]
  }
}

internal import CPQ
internal import Protobuf

/// The mapping of a statement's rows to messages of a type, computed once from the columns' names and types.
final class RowPlan {
  /// A nested message, made when one of its columns is not NULL.
  struct Node {
    /// The node it is a field of; the row's own message is node 0.
    let parent: Int
    let field: FieldDescriptor
  }

  struct Column {
    let name: String
    let node: Int
    let field: FieldDescriptor
    let conversion: ColumnConversion
    /// The offset of the value in its message, when nothing else must be set along with it; else -1.
    let plainOffset: Int
  }

  /// The fields of a column that the loop over rows needs, without reference-counted members.
  private struct Step: BitwiseCopyable {
    let node: Int
    let plainOffset: Int
    let scalar: PlainScalar
  }

  let descriptor: MessageDescriptor
  /// The types of the columns; a plan is valid as long as they do not change.
  let types: [UInt32]
  private let nodes: [Node?]
  private let columns: [Column]
  private let steps: UnsafeMutablePointer<Step>
  /// The messages of the row at hand, by node.
  private let made: UnsafeMutablePointer<UnsafeMutableRawPointer?>

  init(descriptor: MessageDescriptor, types: [UInt32], nodes: [Node?], columns: [Column]) {
    self.descriptor = descriptor
    self.types = types
    self.nodes = nodes
    self.columns = columns
    made = .allocate(capacity: nodes.count)
    made.initialize(repeating: nil, count: nodes.count)
    steps = .allocate(capacity: max(1, columns.count))
    for (index, column) in columns.enumerated() {
      (steps + index).initialize(
        to: Step(node: column.node, plainOffset: column.plainOffset, scalar: column.conversion.plainScalar))
    }
  }

  deinit {
    made.deallocate()
    steps.deallocate()
  }

  /// Whether `result` has the columns that the plan was made for. Names are part of the statement.
  func fits(_ result: OpaquePointer) -> Bool {
    guard PQnfields(result) == Int32(types.count) else { return false }
    for index in types.indices where PQftype(result, Int32(index)) != types[index] { return false }
    return true
  }

  /// The row as a message, whose texts point into `result`: the arena must own it.
  func message(_ result: OpaquePointer, row: Int32, in arena: Arena) throws(PostgresError) -> MessageStorage {
    guard let root = descriptor.makeWithinLimit(in: arena) else { throw Self.arenaFull(arena) }
    made.update(repeating: nil, count: nodes.count)
    made[0] = root.pointer
    let count = columns.count
    var index = 0
    while index < count {
      if let text = PQgetvalue(result, row, Int32(index)),
        text.pointee != 0 || PQgetisnull(result, row, Int32(index)) == 0
      {
        do throws(ColumnConversion.Failure) {
          try store(text, index, in: arena)
        } catch {
          throw problem(error, columns[index], arena)
        }
      }
      index &+= 1
    }
    return root
  }

  @inline(__always)
  private func store(
    _ text: UnsafePointer<CChar>, _ index: Int, in arena: Arena
  ) throws(ColumnConversion.Failure) {
    let step = steps[index]
    let message = try self.message(of: step.node, in: arena)
    if step.plainOffset >= 0 {
      let place = message + step.plainOffset
      switch step.scalar {
      case .text: place.storeBytes(of: text, as: UnsafePointer<CChar>.self)
      case .int64: place.storeBytes(of: try ColumnConversion.int64(text), as: Int64.self)
      case .int32: place.storeBytes(of: try ColumnConversion.int32(text), as: Int32.self)
      case .other: try columns[index].conversion.store(text, at: place, in: arena)
      }
    } else {
      try storeSpecial(text, columns[index], in: MessageStorage(arena: arena, pointer: message))
    }
  }

  private func storeSpecial(
    _ text: UnsafePointer<CChar>, _ column: Column, in message: MessageStorage
  ) throws(ColumnConversion.Failure) {
    switch column.conversion {
    case .array(let element): try ArrayText.append(text, element, to: column.field, of: message)
    case .json: try JSONColumn.read(text, into: column.field, of: message)
    default:
      try column.conversion.store(text, at: message.slotForWriting(column.field).pointer, in: message.arena)
    }
  }

  @inline(__always)
  private func message(of node: Int, in arena: Arena) throws(ColumnConversion.Failure) -> UnsafeMutableRawPointer {
    if let message = made[node] { return message }
    return try make(node, in: arena)
  }

  private func make(_ index: Int, in arena: Arena) throws(ColumnConversion.Failure) -> UnsafeMutableRawPointer {
    guard let node = nodes[index] else { preconditionFailure("the row's own message is made first") }
    let parent = MessageStorage(arena: arena, pointer: try message(of: node.parent, in: arena))
    guard let message = parent.slotForWriting(node.field).messageForWriting() else { throw .arenaFull }
    made[index] = message.pointer
    return message.pointer
  }

  private func problem(_ failure: ColumnConversion.Failure, _ column: Column, _ arena: Arena) -> PostgresError {
    let place = "column \"\(column.name)\" for \(descriptor.fullName)"
    return switch failure {
    case .arenaFull: Self.arenaFull(arena)
    case .json(let reason): .mapping("\(place): \(reason)")
    case .unfit: .mapping("\(place): a value does not fit the field")
    }
  }

  static func arenaFull(_ arena: Arena) -> PostgresError {
    .other(sqlstate: SQLState.programLimitExceeded, message: "the rows take more than \(arena.limit) bytes")
  }
}

internal import CPQ
public import Protobuf

extension QueryRunner {
  /// The first row as a message, or nil if there is none.
  ///
  /// A column's name is the path of a field: `title`, `price.amount_minor`. NULL leaves the field unset; a message
  /// inside appears when one of its columns is not NULL. `json` columns fill messages and repeated fields, arrays fill
  /// repeated ones. Texts are not copied: they stay in the answer's memory, which the arena keeps.
  /// - Throws: ``PostgresError``; `mapping` when a column has no field that it can become.
  public nonisolated(nonsending) func first<M: Message>(
    _ type: M.Type, _ query: Query, access: QueryAccess = .read, in arena: Arena
  ) async throws(PostgresError) -> M? {
    try await run(query, access: access).first(type, in: arena)
  }

  /// All rows as messages, by the same rules as `first`.
  public nonisolated(nonsending) func all<M: Message>(
    _ type: M.Type, _ query: Query, access: QueryAccess = .read, in arena: Arena
  ) async throws(PostgresError) -> RepeatedField<M> {
    try await run(query, access: access).all(type, in: arena)
  }
}

/// The rows of a result, mapped to messages in an arena.
struct RowMessages {
  let plan: RowPlan
  /// The arena keeps it.
  let result: OpaquePointer
  let arena: Arena

  func message(_ row: Int) throws(PostgresError) -> MessageStorage {
    try plan.message(result, row: Int32(row), in: arena)
  }
}

extension QueryResult {
  /// The first row as a message, or nil if there is none.
  func first<M: Message>(_ type: M.Type, in arena: Arena) throws(PostgresError) -> M? {
    guard result.rowCount > 0 else { return nil }
    return M(storage: try messages(of: M.descriptor, in: arena).message(0))
  }

  /// All rows as messages.
  func all<M: Message>(_ type: M.Type, in arena: Arena) throws(PostgresError) -> RepeatedField<M> {
    let list = RepeatedField<M>(in: arena)
    let count = result.rowCount
    guard count > 0 else { return list }
    let messages = try messages(of: M.descriptor, in: arena)
    for row in 0..<count { list.append(M(storage: try messages.message(row))) }
    return list
  }

  /// The arena keeps the answer, whose memory counts against its limit.
  func messages(of descriptor: MessageDescriptor, in arena: Arena) throws(PostgresError) -> RowMessages {
    let plan = try plan(for: descriptor)
    let bytes = PQresultMemorySize(result.handle)
    guard arena.bytesUsed + bytes <= arena.limit else { throw RowPlan.arenaFull(arena) }
    arena.own(result, bytes: bytes)
    return RowMessages(plan: plan, result: result.handle, arena: arena)
  }

  private func plan(for descriptor: MessageDescriptor) throws(PostgresError) -> RowPlan {
    let plans = statement.plans
    if let index = plans.firstIndex(where: { $0.descriptor == descriptor }) {
      if plans[index].fits(result.handle) { return plans[index] }
      statement.plans.remove(at: index)
    }
    let made = try RowPlanBuilder.plan(result.handle, for: descriptor)
    statement.plans.append(made)
    return made
  }
}

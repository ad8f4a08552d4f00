/// The open transactions that have taken numbers of the event log. Each holds a shared advisory lock, which the default
/// of the number's column takes first, and which the transaction keeps until its end is visible to all. A transaction
/// that has appended nothing yet is not among them.
struct LogWriters: Equatable {
  /// Their virtual transaction ids, none of which is given out twice.
  let open: Set<String>
  /// Whether there are some that are prepared for a second phase: they have changed their ids.
  let hasPrepared: Bool

  var isEmpty: Bool { open.isEmpty && !hasPrepared }

  /// Whether all of `former` have ended.
  func haveLeft(_ former: LogWriters) -> Bool { !hasPrepared && open.isDisjoint(with: former.open) }
}

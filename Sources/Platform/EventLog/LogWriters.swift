/// The open transactions that have written to the event log, or are about to. They hold the lock on its table. INSERT
/// takes this lock before it takes a number, and the transaction keeps it until its end is visible to all.
struct LogWriters: Equatable {
  /// Their virtual transaction ids, none of which is given out twice.
  let open: Set<String>
  /// Whether there are some that are prepared for a second phase: they have changed their ids.
  let hasPrepared: Bool

  /// Whether all of `former` have ended.
  func haveLeft(_ former: LogWriters) -> Bool { !hasPrepared && open.isDisjoint(with: former.open) }
}

/// The order of the due jobs of one kind. Kinds do not wait for each other: each has servers' slots of its own.
package enum JobPriority: Int, Sendable, CaseIterable {
  /// Taken before all others.
  case high = 0
  /// The usual priority.
  case normal = 1
  /// Taken when no other job of the kind is due.
  case low = 2
}

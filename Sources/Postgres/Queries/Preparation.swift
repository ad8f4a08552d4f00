/// A connection's state of the statement in a slot of the ``StatementTable``: whether it is prepared.
struct Preparation {
  /// The statement's serial; 0 for none.
  private(set) var serial: UInt64 = 0
  /// Counts how often one was sent to be prepared: answers to what was sent before the last time say nothing of it.
  private(set) var number: UInt64 = 0
  /// Why the last one was refused.
  var failure: PostgresError?

  /// A statement is sent to be prepared.
  mutating func begin(_ serial: UInt64) {
    self.serial = serial
    number &+= 1
  }

  /// The statement is not prepared, as an answer to what relied on preparation `number` says.
  /// - Returns: whether it was the last one.
  mutating func end(_ serial: UInt64, _ number: UInt64) -> Bool {
    guard self.serial == serial, self.number == number else { return false }
    self.serial = 0
    return true
  }

  /// The statement is to be prepared anew before it is used again.
  mutating func forget() { serial = 0 }
}

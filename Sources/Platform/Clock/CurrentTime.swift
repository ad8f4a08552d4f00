internal import EventLoop
internal import Synchronization

/// What time it is: the database's time when it was last asked, and what the machine has counted since. Before the
/// database was asked, the machine's own time. For the whole process, from any thread.
enum CurrentTime {
  private static let offset = Atomic<Int64>(MachineClock.unixMicroseconds - MachineClock.elapsedMicroseconds)

  /// Since 1970-01-01 00:00 UTC.
  static var microseconds: Int64 { MachineClock.elapsedMicroseconds &+ offset.load(ordering: .relaxed) }

  /// Takes what a reading says.
  /// - Returns: by how much the present has moved, in microseconds.
  static func take(_ reading: ClockReading) -> Int64 {
    let before = offset.load(ordering: .relaxed)
    let moved = reading.correction(of: before)
    if moved != 0 { offset.store(before &+ moved, ordering: .relaxed) }
    return moved
  }
}

/// What the database said when it was asked for the time, and the machine's count of elapsed time before and after.
struct ClockReading: Equatable, Sendable {
  /// Microseconds since 1970.
  let database: Int64
  /// Microseconds since the machine's start.
  let askedAt: Int64
  let answeredAt: Int64

  /// How wrong the reading can be: the answer was made at any time between the question and its arrival.
  var uncertainty: Int64 { max(0, answeredAt &- askedAt) / 2 }

  /// What an offset between the two clocks lacks. Nothing when it is within what the reading can tell.
  func correction(of offset: Int64) -> Int64 {
    let measured = database &- (askedAt &+ uncertainty)
    let difference = measured &- offset
    return difference.magnitude <= UInt64(uncertainty) ? 0 : difference
  }
}

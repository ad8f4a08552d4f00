internal import EventLoop
internal import Synchronization

/// The current time: the database's time at the last reading, plus the time that the machine has counted since. Before
/// the first reading it is the machine's own time. One for the process, usable from any thread.
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

/// The time that the database answered, and the machine's monotonic time before and after the question.
struct ClockReading: Equatable, Sendable {
  /// Microseconds since 1970.
  let database: Int64
  /// Microseconds since the machine's start.
  let askedAt: Int64
  let answeredAt: Int64

  /// The maximum error of the reading: the database read its clock at any time between the request and its response.
  var uncertainty: Int64 { max(0, answeredAt &- askedAt) / 2 }

  /// The correction of an offset between the two clocks; zero when it is within the uncertainty of the reading.
  func correction(of offset: Int64) -> Int64 {
    let measured = database &- (askedAt &+ uncertainty)
    let difference = measured &- offset
    return difference.magnitude <= UInt64(uncertainty) ? 0 : difference
  }
}

internal import Synchronization

/// What a server has turned away or closed until now because too much was open.
public struct PressureStatistics: Sendable, Equatable {
  /// Connections that were closed on arrival: their address had too many.
  public var connectionsOfAddress = 0
  /// Connections that were closed on arrival: the server had too many.
  public var connectionsOfAll = 0
  /// Times that no connection could be accepted because the process or the system had nothing left for it.
  public var acceptsExhausted = 0
  /// Idle connections that were closed to make room.
  public var idleConnectionsClosed = 0
  /// Calls that were refused: their address had too many.
  public var callsOfAddress = 0
  /// Streams that were refused: the calls that are left are for single requests.
  public var streamsOfAll = 0
  /// Calls that were refused: the server had too many.
  public var callsOfAll = 0
  /// Calls whose request did not arrive in time while few calls were left.
  public var slowRequests = 0
}

/// Counts what a server turns away. From any thread.
final class PressureCounts: Sendable {
  /// What happened.
  enum Event: Int, CaseIterable {
    case connectionOfAddress, connectionOfAll, acceptExhausted, idleConnectionClosed
    case callOfAddress, streamOfAll, callOfAll, slowRequest
  }

  private let state = Mutex([Int](repeating: 0, count: Event.allCases.count))

  /// It happened once more. What is counted costs far more than the lock.
  func count(_ event: Event) { state.withLock { $0[event.rawValue] &+= 1 } }

  var statistics: PressureStatistics {
    let counts = state.withLock { $0 }
    func of(_ event: Event) -> Int { counts[event.rawValue] }
    return PressureStatistics(
      connectionsOfAddress: of(.connectionOfAddress), connectionsOfAll: of(.connectionOfAll),
      acceptsExhausted: of(.acceptExhausted), idleConnectionsClosed: of(.idleConnectionClosed),
      callsOfAddress: of(.callOfAddress), streamsOfAll: of(.streamOfAll), callsOfAll: of(.callOfAll),
      slowRequests: of(.slowRequest))
  }
}

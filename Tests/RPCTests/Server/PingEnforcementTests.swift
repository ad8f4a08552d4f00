import Testing

@testable import RPC

/// What a caller may send, PING by PING, without a socket: times are in seconds.
@Suite struct PingEnforcementTests {
  enum Event {
    case ping(Int64)
    case answer
  }

  static let lifetime: ConnectionLifetime = {
    var lifetime = ConnectionLifetime()
    lifetime.pingIntervalMin = .seconds(300)
    return lifetime
  }()

  /// The times of the PINGs for which the caller is sent away.
  static func refused(_ events: [Event], hasCalls: Bool, permitted: Bool = false) -> [Int64] {
    var lifetime = lifetime
    lifetime.permitsPingsWithoutCalls = permitted
    var enforcement = PingEnforcement()
    return events.compactMap { event in
      switch event {
      case .answer:
        enforcement.answered()
        return nil
      case .ping(let second):
        return enforcement.received(at: second * 1_000_000_000, hasCalls: hasCalls, lifetime) ? second : nil
      }
    }
  }

  @Test(arguments: [
    ("the first never counts, three more are one too many", [Event.ping(0), .ping(1), .ping(2), .ping(3)], [3]),
    ("one fewer is forgiven", [.ping(0), .ping(1), .ping(2)], []),
    ("at the permitted rate for ever", [.ping(0), .ping(300), .ping(600), .ping(900), .ping(1_200)], []),
    ("a hair faster", [.ping(0), .ping(299), .ping(598), .ping(897)], [897]),
    (
      "an answer forgives all and pays for one more",
      [.ping(0), .ping(1), .ping(2), .answer, .ping(3), .ping(4), .ping(5), .ping(6)], [6]
    ),
    ("many answers pay no more than one", [.answer, .answer, .ping(0), .ping(1), .ping(2), .ping(3)], [3]),
    ("strikes do not age", [.ping(0), .ping(1), .ping(2), .ping(10_000), .ping(10_001)], [10_001]),
  ])
  func `with calls`(what: String, events: [Event], refused: [Int64]) {
    #expect(Self.refused(events, hasCalls: true) == refused, "\(what)")
  }

  @Test(arguments: [
    (false, [Event.ping(0), .ping(300), .ping(600), .ping(900)], [900]),
    (false, [.ping(0), .ping(7_200), .ping(14_400), .ping(21_600)], []),
    (true, [.ping(0), .ping(300), .ping(600), .ping(900)], []),
    (true, [.ping(0), .ping(1), .ping(2), .ping(3)], [3]),
  ])
  func `without a call`(permitted: Bool, events: [Event], refused: [Int64]) {
    #expect(Self.refused(events, hasCalls: false, permitted: permitted) == refused)
  }
}

import RPC
import Testing

@testable import Platform

/// The machine of an order that is paid, shipped and returned.
@Suite struct StateMachineTests {
  enum State: String, CaseIterable, Sendable { case placed, paid, shipped, cancelled }
  enum Move: String, CaseIterable, Sendable { case pay, ship, cancel }
  enum Action: Equatable, Sendable { case capture, refund, notify }

  private static let machine = StateMachine<State, Move, Action>([
    .init(.pay, from: [.placed], to: .paid, [.capture]),
    .init(.ship, from: [.paid], to: .shipped, permission: .ordersWrite, [.notify]),
    .init(.cancel, from: [.placed], to: .cancelled),
    .init(.cancel, from: [.paid], to: .cancelled, permission: .paymentsRefund, [.refund, .notify]),
  ])

  /// Every state and every move; what does not stand here is illegal.
  private static let legal: [(State, Move, to: State, Permission?, [Action])] = [
    (.placed, .pay, .paid, nil, [.capture]),
    (.placed, .cancel, .cancelled, nil, []),
    (.paid, .ship, .shipped, .ordersWrite, [.notify]),
    (.paid, .cancel, .cancelled, .paymentsRefund, [.refund, .notify]),
  ]

  @Test(arguments: State.allCases, Move.allCases)
  func aMoveIsLegalOrRefused(state: State, move: Move) throws {
    guard let (_, _, target, permission, actions) = Self.legal.first(where: { $0.0 == state && $0.1 == move }) else {
      let refusal = #expect(throws: IllegalMove.self) { try Self.machine.transition(move, from: state, with: .all) }
      let expected = Self.legal.filter { $0.0 == state }.map(\.1.rawValue)
      #expect(refusal == IllegalMove(move: move.rawValue, state: state.rawValue, legal: expected))
      return
    }
    let made = try Self.machine.transition(move, from: state, with: .all)
    #expect(made.state == target && made.actions == actions)
    guard let permission else {
      #expect(throws: Never.self) { try Self.machine.transition(move, from: state, with: []) }
      return
    }
    #expect(throws: AccessRefusal.permissionMissing(permission)) {
      try Self.machine.transition(move, from: state, with: PermissionSet.all.subtracting(.of(permission)))
    }
  }

  @Test func theRefusalNamesTheMovesThatTheCallerMayMake() throws {
    let refusal = #expect(throws: IllegalMove.self) {
      try Self.machine.transition(.pay, from: .paid, with: .of(.ordersWrite))
    }
    let error = try #require(refusal?.rpcError)
    #expect(error.code == .failedPrecondition && error.message.contains("ship") && !error.message.contains("cancel"))
    #expect(
      error.details.first
        == .errorInfo(reason: "ILLEGAL_MOVE", domain: "fastshop", metadata: ["state": "paid", "moves": "ship"]))
    let final = IllegalMove(move: "pay", state: "shipped", legal: [])
    #expect(final.rpcError.message == "pay is not possible while the state is shipped; possible: nothing")
  }
}

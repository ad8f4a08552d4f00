import EventLoop
import Testing

@testable import RPC

/// When to connect where, and when a silent server counts as dead; without a socket or a clock.
@Suite struct ConnectingRulesTests {
  private static let second: Int64 = 1_000_000_000
  private static let backoff = Backoff(initial: .seconds(1), maximum: .seconds(4), multiplier: 2)

  @Test func everyAddressIsTriedBeforeAnyWait() {
    var state = Reconnecting(addressCount: 3, backoff: Self.backoff)
    #expect(state.next(now: 0) == .connect(0))
    #expect(state.failed(now: 0, random: 0.5) == .connect(1))
    #expect(state.failed(now: 0, random: 0.5) == .connect(2))
    #expect(state.failed(now: 0, random: 0.5) == .wait(until: Self.second))
    #expect(state.next(now: Self.second - 1) == .wait(until: Self.second))
    #expect(state.next(now: Self.second) == .connect(0))
  }

  @Test func waitsGrowToTheirMaximumAndEndWithSuccess() {
    var state = Reconnecting(addressCount: 1, backoff: Self.backoff)
    var waits: [Reconnecting.Next] = []
    for _ in 0..<4 { waits.append(state.failed(now: 0, random: 0.5)) }
    #expect(waits == [1, 2, 4, 4].map { .wait(until: $0 * Self.second) })
    state.succeeded()
    #expect(state.next(now: 0) == .connect(0))
    #expect(state.failed(now: 0, random: 0.5) == .wait(until: Self.second))
  }

  /// A greeting ends no wait; only a connection that was of use does.
  @Test func whoGreetsAndLeavesIsForgivenOnce() {
    var state = Reconnecting(addressCount: 1, backoff: Self.backoff)
    #expect(state.departed(now: 0, random: 0.5) == .connect(0))
    #expect(state.departed(now: 0, random: 0.5) == .wait(until: Self.second))
    #expect(state.departed(now: 0, random: 0.5) == .wait(until: 2 * Self.second))
    state.succeeded()
    #expect(state.departed(now: 0, random: 0.5) == .connect(0))
    #expect(state.failed(now: 0, random: 0.5) == .wait(until: Self.second))
  }

  @Test func whoGreetsAndLeavesGivesWayToTheNextAddress() {
    var state = Reconnecting(addressCount: 2, backoff: Self.backoff)
    #expect(state.departed(now: 0, random: 0.5) == .connect(0))
    #expect(state.departed(now: 0, random: 0.5) == .connect(1))
    #expect(state.departed(now: 0, random: 0.5) == .wait(until: Self.second))
  }

  @Test func aSilentServerIsAskedAndGivenUp() {
    var watch = KeepAliveWatch(KeepAlive(time: .seconds(10), timeout: .seconds(5)), now: 0)
    #expect(watch.check(now: 4 * Self.second, hasCalls: true) == .wait(until: 10 * Self.second))
    watch.heard(now: 6 * Self.second)
    #expect(watch.check(now: 10 * Self.second, hasCalls: true) == .wait(until: 16 * Self.second))
    #expect(watch.check(now: 16 * Self.second, hasCalls: true) == .ping)
    #expect(watch.check(now: 16 * Self.second, hasCalls: true) == .wait(until: 21 * Self.second))
    #expect(watch.check(now: 21 * Self.second, hasCalls: true) == .giveUp)
  }

  @Test func anyByteIsASignOfLife() {
    var watch = KeepAliveWatch(KeepAlive(time: .seconds(10), timeout: .seconds(5)), now: 0)
    #expect(watch.check(now: 10 * Self.second, hasCalls: true) == .ping)
    watch.heard(now: 14 * Self.second)
    #expect(watch.check(now: 15 * Self.second, hasCalls: true) == .wait(until: 24 * Self.second))
  }

  @Test func nobodyAsksWithoutCallsUnlessTold() {
    var quiet = KeepAliveWatch(KeepAlive(time: .seconds(10)), now: 0)
    #expect(quiet.check(now: 60 * Self.second, hasCalls: false) == .wait(until: 70 * Self.second))
    var eager = KeepAliveWatch(KeepAlive(time: .seconds(10), withoutCalls: true), now: 0)
    #expect(eager.check(now: 60 * Self.second, hasCalls: false) == .ping)
  }

  @Test func whoAsksTooOftenAsksHalfAsOften() {
    var settings = KeepAlive(time: .seconds(10))
    settings.slowDown()
    #expect(settings.time == .seconds(20))
    for _ in 0..<100 { settings.slowDown() }
    #expect(settings.time == .seconds(24 * 60 * 60))
  }
}

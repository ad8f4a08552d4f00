import EventLoop
import Platform
import Synchronization
import Testing

@testable import Identity

@Suite struct ProviderCacheStateTests {
  private static let start = Instant(clamping: 1_800_000_000_000_000)
  private static let away = ProviderError.unreachable("away")

  private enum Seen: Equatable {
    case use(Int)
    case fetch
    case fail
  }

  private static func step(_ state: inout ProviderCacheState<Int>, _ seconds: Int, newerThan seen: Int? = nil) -> Seen {
    switch state.step(at: start + .seconds(seconds), newerThan: seen) {
    case .use(let held): .use(held.value)
    case .fetch: .fetch
    case .fail: .fail
    }
  }

  @Test func `what was fetched is taken for an hour, and for a day if need be`() {
    var state = ProviderCacheState<Int>()
    #expect(Self.step(&state, 0) == .fetch)
    _ = state.note(7, at: Self.start)
    #expect(Self.step(&state, 3_599) == .use(7))
    #expect(Self.step(&state, 3_600) == .fetch)
    state.note(Self.away, at: Self.start + .seconds(3_600))
    #expect(Self.step(&state, 3_602) == .use(7))
    #expect(Self.step(&state, 3_603) == .fetch)
    state.note(Self.away, at: Self.start + .seconds(86_400))
    #expect(Self.step(&state, 86_401) == .fail)
  }

  @Test func `a provider that fails is left in peace for a moment`() {
    var state = ProviderCacheState<Int>()
    state.note(Self.away, at: Self.start)
    #expect(Self.step(&state, 2) == .fail)
    #expect(Self.step(&state, 3) == .fetch)
  }

  @Test func `something newer is asked for once a minute`() {
    var state = ProviderCacheState<Int>()
    let first = state.note(7, at: Self.start).generation
    #expect(Self.step(&state, 1, newerThan: first) == .fetch)
    let second = state.note(8, at: Self.start + .seconds(1)).generation
    #expect(Self.step(&state, 2, newerThan: first) == .use(8), "somebody else has asked")
    #expect(Self.step(&state, 2, newerThan: second) == .use(8))
    #expect(Self.step(&state, 60, newerThan: second) == .use(8))
    #expect(Self.step(&state, 61, newerThan: second) == .fetch)
  }

  @Test func `however many need it at once, it is fetched once`() async throws {
    let group = EventLoopGroup(count: 2)
    let fetches = Mutex(0)
    let value = ProviderCache<Int>(on: group.loops[0]) { () async throws(ProviderError) in
      try? await group.loops[0].sleep(for: .milliseconds(50))
      return fetches.withLock { count in
        count += 1
        return count
      }
    }
    let seen = await withTaskGroup(of: Int?.self) { tasks in
      for number in 0..<20 {
        tasks.addTask(executorPreference: group.loops[number % 2]) { try? await value.get().value }
      }
      return await tasks.reduce(into: []) { $0.append($1) }
    }
    #expect(seen == Array(repeating: 1, count: 20))
    #expect(fetches.withLock { $0 } == 1)
  }
}

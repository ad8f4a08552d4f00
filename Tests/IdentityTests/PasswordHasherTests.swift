import Credentials
import EventLoop
import Synchronization
import Testing

@testable import Identity

@Suite struct PasswordHasherTests {
  private static let cheap = PasswordHash.Cost(memoryKiB: 64, passes: 1)

  @Test func aPasswordMatchesOnlyItsHash() async throws {
    let group = EventLoopGroup(count: 1)
    defer { Task.detached { group.shutdown() } }
    let hasher = PasswordHasher(cost: Self.cheap, runningMax: 1)
    let loop = group.loops[0]
    let hash = try await hasher.hash("correct horse", on: loop)
    #expect(try await hasher.match("correct horse", hash, on: loop) == .yes)
    #expect(try await hasher.match("wrong horse", hash, on: loop) == .no)
    #expect(try await hasher.match("correct horse", nil, on: loop) == .no)
    #expect(try await PasswordHasher(cost: .usual, runningMax: 1).match("correct horse", hash, on: loop) == .outdated)
  }

  @Test func aPasswordMatchesInEveryUnicodeForm() async throws {
    let group = EventLoopGroup(count: 1)
    defer { Task.detached { group.shutdown() } }
    let hasher = PasswordHasher(cost: Self.cheap, runningMax: 1)
    let loop = group.loops[0]
    let (composed, decomposed) = ("caf\u{e9} au lait", "cafe\u{301}\u{a0}au lait")
    let hash = try await hasher.hash(decomposed, on: loop)
    for typed in [composed, decomposed] { #expect(try await hasher.match(typed, hash, on: loop) == .yes) }
    #expect(try await hasher.match("cafe au lait", hash, on: loop) == .no)
    // Made before passwords were normalised.
    let old = try #require(PasswordHash(of: decomposed, cost: Self.cheap)).text
    #expect(try await hasher.match(decomposed, old, on: loop) == .outdated)
    #expect(try await hasher.match(composed, old, on: loop) == .no)
    let withControl = try #require(PasswordHash(of: "tab\tbed", cost: Self.cheap)).text
    #expect(try await hasher.match("tab\tbed", withControl, on: loop) == .yes)
  }

  @Test func theQueueIsBounded() async throws {
    let group = EventLoopGroup(count: 1)
    defer { Task.detached { group.shutdown() } }
    let hasher = PasswordHasher(cost: PasswordHash.Cost(memoryKiB: 4096, passes: 2), runningMax: 1)
    let loop = group.loops[0]
    let storm = PasswordHasher.waitingMax * 3
    let outcomes = await withTaskGroup(of: Bool.self) { tasks in
      for _ in 0..<storm {
        tasks.addTask(executorPreference: loop) { (try? await hasher.hash("correct horse", on: loop)) != nil }
      }
      return await tasks.reduce(into: [Bool]()) { $0.append($1) }
    }
    let served = outcomes.count { $0 }
    #expect(served >= PasswordHasher.waitingMax && served < storm)
    // Nobody's turn was lost.
    #expect(try await hasher.match("x", nil, on: loop) == .no)
  }
}

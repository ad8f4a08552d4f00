import Credentials
import EventLoop
import Synchronization
import Testing

@testable import Identity

@Suite struct PasswordHasherTests {
  private static let cheap = PasswordHash.Cost(memoryKiB: 64, passes: 1)

  @Test func aPasswordMatchesItsHashAndNothingMatchesNone() async throws {
    let group = EventLoopGroup(count: 1)
    defer { Task.detached { group.shutdown() } }
    let hasher = PasswordHasher(cost: Self.cheap, runningMax: 1)
    let loop = group.loops[0]
    let hash = try await hasher.hash("correct horse", on: loop)
    #expect(try await hasher.matches("correct horse", hash, on: loop))
    #expect(try await !hasher.matches("wrong horse", hash, on: loop))
    #expect(try await !hasher.matches("correct horse", nil, on: loop))
    #expect(!hasher.isOutdated(hash))
    #expect(PasswordHasher(cost: .usual, runningMax: 1).isOutdated(hash))
  }

  @Test func aStormIsRefusedInPartAndTheRestIsServed() async throws {
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
    #expect(try await hasher.matches("x", nil, on: loop) == false)
  }
}

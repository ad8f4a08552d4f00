import BenchAPI
import EventLoop
import Protobuf
import RPC
import Synchronization
import Testing

/// Calls that come together start in one task, which none of them may notice.
@Suite struct HandlerStartTests {
  /// Makes calls that the server reads at once, for its loop hears nothing while a handler computes.
  private func together(_ ids: [String], _ backend: BenchBackend) async throws -> [(id: String, answer: String)] {
    _ = try await backend.echo("connects first")
    return try await withThrowingTaskGroup(of: (id: String, answer: String).self) { group in
      group.addTask { ("compute", try await backend.echo("compute").id.string) }
      try await eventually { backend.service.started.load(ordering: .relaxed) == 2 }
      for id in ids { group.addTask { (id, try await backend.echo(id).id.string) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  @Test func whoWaitsKeepsNobodyWaiting() async throws {
    try await BenchBackend.run { backend in
      let ids = (0..<40).map { $0.isMultiple(of: 3) ? "nap" : "\($0)" }
      let answers = try await together(ids, backend)
      #expect(answers.map(\.answer).sorted() == (ids + ["compute"]).sorted())
      // Those that nap do so beside each other, and the others do not wait for them.
      let firstNap = answers.firstIndex { $0.id == "nap" }
      #expect(answers.dropFirst(firstNap ?? 0).allSatisfy { $0.id == "nap" })
    }
  }

  @Test func whoIsCancelledWhileItWaitsIsCancelledAlone() async throws {
    try await BenchBackend.run { backend in
      let sleepers = (0..<10).map { _ in Task { _ = try await backend.echo("sleep") } }
      try await eventually { backend.service.started.load(ordering: .relaxed) == 10 }
      for sleeper in sleepers.prefix(5) { sleeper.cancel() }
      try await eventually { backend.service.cancelled.load(ordering: .relaxed) == 5 }
      let later = try await backend.echo("is its task cancelled?")
      #expect(later.id == "false")
      #expect(backend.service.cancelled.load(ordering: .relaxed) == 5)
      for sleeper in sleepers { sleeper.cancel() }
    }
  }

  @Test func whoCancelsItsTaskCancelsNobodyElse() async throws {
    try await BenchBackend.run { backend in
      let ids = (0..<40).map { $0.isMultiple(of: 2) ? "cancel its task" : "is its task cancelled?" }
      let answers = try await together(ids, backend)
      let asked = answers.filter { $0.id == "is its task cancelled?" }
      #expect(asked.map(\.answer) == Array(repeating: "false", count: 20))
    }
  }
}

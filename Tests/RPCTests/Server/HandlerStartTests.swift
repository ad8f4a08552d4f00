import BenchAPI
import EventLoop
import Eventually
import Protobuf
import RPC
import Synchronization
import Testing

/// Calls that come together start in one task, which none of them may notice.
@Suite struct HandlerStartTests {
  /// Makes calls that the server reads at once, for its loop hears nothing while a handler computes.
  /// - Parameter answered: is told the id of each call that was answered.
  private func together(
    _ ids: [String], _ backend: BenchBackend, answered: (String) -> Void = { _ in }
  ) async throws -> [(id: String, answer: String)] {
    _ = try await backend.echo("connects first")
    return try await withThrowingTaskGroup(of: (id: String, answer: String).self) { group in
      group.addTask { ("compute", try await backend.echo("compute").id.string) }
      try await eventually { backend.service.started.load(ordering: .relaxed) == 2 }
      for id in ids { group.addTask { (id, try await backend.echo(id).id.string) } }
      return try await group.reduce(into: []) {
        $0.append($1)
        answered($1.id)
      }
    }
  }

  @Test func whoWaitsKeepsNobodyWaiting() async throws {
    try await BenchBackend.run { backend in
      let ids = (0..<40).map { $0.isMultiple(of: 3) ? "hold" : "\($0)" }
      let others = ids.count { $0 != "hold" } + 1
      // All those that are held wait beside each other until the others have been answered.
      var answered = 0
      let answers = try await together(ids, backend) { id in
        if id != "hold" { answered += 1 }
        if answered == others { backend.service.isReleased.store(true, ordering: .relaxed) }
      }
      #expect(answers.map(\.answer).sorted() == (ids + ["compute"]).sorted())
      #expect(answers.prefix(others).allSatisfy { $0.id != "hold" })
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

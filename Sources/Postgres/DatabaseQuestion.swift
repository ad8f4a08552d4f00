internal import EventLoop

extension Database {
  /// Whether the server answers a question within `limit`: connections may be open to a server that is frozen.
  public nonisolated(nonsending) func answers(within limit: Duration) async -> Bool {
    let bound = LoopBound(self, on: loop)
    let question = Task(executorPreference: loop) { (try? await bound.value.rows("SELECT")) != nil }
    let patience = Timer { question.cancel() }
    loop.schedule(patience, after: limit)
    defer { patience.cancel() }
    return await question.value
  }
}

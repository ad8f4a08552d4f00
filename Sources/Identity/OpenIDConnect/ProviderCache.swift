internal import EventLoop
internal import Platform
internal import Synchronization

/// Something of a provider's that is kept for a while. However many need it at once, it is fetched once.
final class ProviderCache<Value: Sendable>: Sendable {
  typealias Held = ProviderCacheState<Value>.Held
  private typealias Fetch = Task<Result<Held, ProviderError>, Never>

  private struct Contents {
    var state = ProviderCacheState<Value>()
    var underWay: Fetch?
  }

  private enum Action {
    case use(Held)
    case wait(Fetch)
    case fail(ProviderError)
  }

  private let loop: EventLoop
  private let fetch: @Sendable () async throws(ProviderError) -> Value
  private let contents = Mutex(Contents())

  /// Something that `fetch` gets, on `loop`, in a bounded time.
  init(on loop: EventLoop, fetch: @escaping @Sendable () async throws(ProviderError) -> Value) {
    self.loop = loop
    self.fetch = fetch
  }

  /// The present one; with `seen`, a newer one than that, if one may be fetched already.
  func get(newerThan seen: Int? = nil) async throws(ProviderError) -> Held {
    let action: Action = contents.withLock { contents in
      switch contents.state.step(at: .steady, newerThan: seen) {
      case .use(let held): return .use(held)
      case .fail(let fault): return .fail(fault)
      case .fetch:
        let task = contents.underWay ?? Task(executorPreference: loop) { [self] in await run() }
        contents.underWay = task
        return .wait(task)
      }
    }
    switch action {
    case .use(let held): return held
    case .fail(let fault): throw fault
    case .wait(let task): return try await task.value.get()
    }
  }

  /// What was fetched, or what there is when that fails.
  private func run() async -> Result<Held, ProviderError> {
    let result: Result<Value, ProviderError>
    do throws(ProviderError) { result = .success(try await fetch()) } catch { result = .failure(error) }
    return contents.withLock { contents in
      contents.underWay = nil
      switch result {
      case .success(let value): return .success(contents.state.note(value, at: .steady))
      case .failure(let fault):
        contents.state.note(fault, at: .steady)
        return contents.state.usable(at: .steady).map(Result.success) ?? .failure(fault)
      }
    }
  }
}

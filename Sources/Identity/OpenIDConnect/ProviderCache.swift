internal import EventLoop
internal import Platform
internal import Synchronization

/// Caches a value of a provider. Concurrent callers share one fetch.
final class ProviderCache<Value: Sendable>: Sendable {
  typealias Entry = ProviderCacheState<Value>.Entry
  private typealias Fetch = Task<Result<Entry, ProviderError>, Never>

  private struct Contents {
    var state = ProviderCacheState<Value>()
    var underWay: Fetch?
  }

  private enum Action {
    case use(Entry)
    case wait(Fetch)
    case fail(ProviderError)
  }

  private let loop: EventLoop
  private let fetch: @Sendable () async throws(ProviderError) -> Value
  private let contents = Mutex(Contents())

  /// A cache of what `fetch` returns, on `loop`, in bounded time.
  init(on loop: EventLoop, fetch: @escaping @Sendable () async throws(ProviderError) -> Value) {
    self.loop = loop
    self.fetch = fetch
  }

  /// The present value; with `seen`, a newer one than that generation, if another fetch is allowed.
  func get(newerThan seen: Int? = nil) async throws(ProviderError) -> Entry {
    let action: Action = contents.withLock { contents in
      switch contents.state.step(at: .steady, newerThan: seen) {
      case .use(let entry): return .use(entry)
      case .fail(let fault): return .fail(fault)
      case .fetch:
        let task = contents.underWay ?? Task(executorPreference: loop) { [self] in await run() }
        contents.underWay = task
        return .wait(task)
      }
    }
    switch action {
    case .use(let entry): return entry
    case .fail(let fault): throw fault
    case .wait(let task): return try await task.value.get()
    }
  }

  /// Fetches the value; returns the stale one when that fails.
  private func run() async -> Result<Entry, ProviderError> {
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

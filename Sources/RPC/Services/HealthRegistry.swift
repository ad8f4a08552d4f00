internal import Synchronization

/// The health of a server and its services. The program sets it; balancers read it.
///
/// Usable from any thread.
public final class HealthRegistry: Sendable {
  /// Whether a service accepts calls.
  public enum Status: Sendable, Equatable {
    /// They are.
    case serving
    /// They should go elsewhere.
    case notServing
  }

  private struct State {
    var statuses: [String: Status]
    var watchers: [Int: Watcher] = [:]
    var nextWatcher = 0
  }

  private struct Watcher {
    let service: String
    let continuation: AsyncStream<Status?>.Continuation
  }

  private let state: Mutex<State>

  /// The server as a whole (its name is empty) and `services`, by their full names, all of them serving.
  public init(services: [String]) {
    state = Mutex(State(statuses: Dictionary(([""] + services).map { ($0, .serving) }) { first, _ in first }))
  }

  /// Sets the status of a service, by its full name, or of the server as a whole, by the empty name.
  public func set(_ status: Status, for service: String) {
    state.withLock { state in
      guard state.statuses.updateValue(status, forKey: service) != status else { return }
      for watcher in state.watchers.values where watcher.service == service { watcher.continuation.yield(status) }
    }
  }

  /// Sets all statuses, for example when the server begins to stop.
  public func setAll(_ status: Status) {
    for service in statuses.keys { set(status, for: service) }
  }

  /// All statuses, by full name.
  public var statuses: [String: Status] { state.withLock { $0.statuses } }

  /// The status of `service`; nil when there is no such service.
  public func status(of service: String) -> Status? { state.withLock { $0.statuses[service] } }

  /// The status of `service` now and after every change, without end; nil while there is no such service. A slow reader
  /// gets the newest status and not those between.
  func changes(of service: String) -> AsyncStream<Status?> {
    let (stream, continuation) = AsyncStream.makeStream(of: Status?.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = Watcher(service: service, continuation: continuation)
      continuation.yield(state.statuses[service])
      return state.nextWatcher
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { $0.watchers[id] = nil }
    }
    return stream
  }

  /// The number of watchers.
  var watcherCount: Int { state.withLock { $0.watchers.count } }
}

import Eventually
import InventoryAPI
import Protobuf
import RPC
import Synchronization
import Testing

/// A subscriber whose stream is read by a task of its own, so that a test can wait for events with a limit.
final class TestWatcher: Sendable {
  struct Change: Sendable, Equatable {
    let movement: String
    let variant: String
    let onHand: Int64
    let version: Int64
    let cursor: String
    let isSaleEnded: Bool
    let isDeleted: Bool
    /// The categories that the product has left.
    let left: [String]
  }

  enum Event: Sendable, Equatable {
    /// Stock on hand by variant.
    case state([String: Int64])
    case complete(count: Int64, cursor: String)
    case change(Change)
    case ended(StatusCode)
  }

  /// Something else came than a test expects.
  struct Unexpected: Error {}

  private let events: EventList
  private let reading: Task<Void, Never>

  /// Watches what `fill` selects, from `cursor` on.
  init(
    _ node: TestNode, cursor: String = "", as caller: TestCaller = .admin,
    _ fill: @escaping @Sendable (WatchInventoryRequest) -> Void
  ) {
    let events = EventList()
    self.events = events
    reading = Task {
      do {
        let asked = request(WatchInventoryRequest.self) {
          fill($0)
          $0.cursor = $0.text(cursor)
        }
        var options = CallOptions()
        options.metadata.add(TestAuthenticator.caller, caller.rawValue)
        for try await response in try await node.inventory.watchInventory(asked, options: options) {
          if let event = Event(response) { events.add(event) }
        }
        events.add(.ended(.ok))
      } catch {
        events.add(.ended((error as? RPCError)?.code ?? .unknown))
      }
    }
  }

  /// Watches what an encoded request says.
  convenience init(
    _ node: TestNode, cursor: String = "", as caller: TestCaller = .admin, copying encoded: [UInt8]
  ) {
    self.init(node, cursor: cursor, as: caller) { filled in
      guard let copy = try? WatchInventoryRequest(decoding: encoded, in: filled.storage.arena) else { return }
      filled.selection = copy.selection
    }
  }

  /// The next event.
  func next() async throws -> Event {
    var next: Event?
    try await eventually {
      next = events.take()
      return next != nil
    }
    return try #require(next)
  }

  /// Reads the present state to its end: stock on hand by variant, and the cursor behind it.
  func state() async throws -> (onHand: [String: Int64], cursor: String) {
    var onHand: [String: Int64] = [:]
    while true {
      switch try await next() {
      case .state(let some): onHand.merge(some) { $1 }
      case .complete(let count, let cursor):
        #expect(Int(count) == onHand.count)
        return (onHand, cursor)
      case let other:
        Issue.record("\(other) inside the present state")
        throw Unexpected()
      }
    }
  }

  func change() async throws -> Change {
    let event = try await next()
    guard case .change(let change) = event else {
      Issue.record("\(event) instead of a change")
      throw Unexpected()
    }
    return change
  }

  func changes(_ count: Int) async throws -> [Change] {
    var all: [Change] = []
    for _ in 0..<count { all.append(try await change()) }
    return all
  }

  /// The changes that come, up to the one that is made now, which every change before it precedes.
  func changes(beforeAdjusting variant: String, on node: TestNode) async throws -> [Change] {
    let last = try await node.adjust(variant, 1).movementID.string
    var all: [Change] = []
    while true {
      let next = try await change()
      if next.movement == last { return all }
      all.append(next)
    }
  }

  func stop() async {
    reading.cancel()
    await reading.value
  }
}

extension TestWatcher.Event {
  init?(_ response: WatchInventoryResponse) {
    switch response.event {
    case .state(let state):
      self = .state(Dictionary(uniqueKeysWithValues: state.stocks.map { ($0.variantID.string, $0.onHand) }))
    case .stateComplete(let complete):
      self = .complete(count: complete.variantCount, cursor: response.cursor.string)
    case .change(let change):
      guard let stock = change.stock else { return nil }
      self = .change(
        TestWatcher.Change(
          movement: change.movementID.string, variant: stock.variantID.string, onHand: stock.onHand,
          version: stock.version, cursor: response.cursor.string, isSaleEnded: change.isSaleEnded,
          isDeleted: change.isDeleted, left: change.leftCategoryIDs.map(\.string)))
    case nil: return nil
    }
  }
}

private final class EventList: Sendable {
  private let waiting = Mutex<[TestWatcher.Event]>([])

  func add(_ event: TestWatcher.Event) { waiting.withLock { $0.append(event) } }

  func take() -> TestWatcher.Event? { waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}

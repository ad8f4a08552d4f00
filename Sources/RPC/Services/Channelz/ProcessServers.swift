internal import Synchronization

/// The ids of channelz, and the servers of the process that have one.
enum ProcessServers {
  private struct Entry {
    weak var server: RPCServer?
  }

  private static let lastID = Atomic<Int64>(0)
  private static let servers = Mutex<[Int64: Entry]>([:])

  /// An id that nothing in the process has had.
  static func nextID() -> Int64 { lastID.add(1, ordering: .relaxed).newValue }

  static func add(_ server: RPCServer) { servers.withLock { $0[server.channelzID] = Entry(server: server) } }
  static func remove(_ id: Int64) { servers.withLock { _ = $0.removeValue(forKey: id) } }

  /// Those that are there now, in the order of their ids.
  static var all: [RPCServer] {
    let entries = servers.withLock { $0.values.map { $0 } }
    return entries.compactMap(\.server).sorted { $0.channelzID < $1.channelzID }
  }

  static func find(_ id: Int64) -> RPCServer? { servers.withLock { $0[id] }?.server }
}

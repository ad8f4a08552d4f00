internal import Synchronization

/// The channelz ids, and the listening servers of the process until they are shut down.
enum ProcessServers {
  private static let lastID = Atomic<Int64>(0)
  // Not weak: reference counting of an object with weak references goes through a side table, which every call would
  // pay for.
  private static let servers = Mutex<[Int64: RPCServer]>([:])

  /// An id that nothing in the process has had.
  static func nextID() -> Int64 { lastID.add(1, ordering: .relaxed).newValue }

  static func add(_ server: RPCServer) { servers.withLock { $0[server.channelzID] = server } }
  static func remove(_ id: Int64) { servers.withLock { _ = $0.removeValue(forKey: id) } }

  /// The current servers, in the order of their ids.
  static var all: [RPCServer] {
    servers.withLock { Array($0.values) }.sorted { $0.channelzID < $1.channelzID }
  }

  static func find(_ id: Int64) -> RPCServer? { servers.withLock { $0[id] } }
}

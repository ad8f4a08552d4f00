import EventLoop
import Logging
import Postgres
import RPC

/// Computes how many connections the process has file descriptors for, besides those that it needs itself.
enum DescriptorBudget {
  /// For all loops together: standard streams, listening sockets, the supervisor's socket, our own Postgres, the event
  /// log's connections, mail servers, providers and collectors, and files that are open for a moment, such as keys and
  /// certificates.
  static let reserveUsual = 64
  /// The descriptors of each loop besides its connections to Postgres: epoll, eventfd, and one connection being
  /// accepted.
  static let reservePerLoop = 4
  /// The server does not start with fewer connections.
  static let connectionsMin = 16
  /// One address may have this share of the connections at most, where there are few.
  static let addressShare = 4

  /// The limits of a server of so many loops, in a process whose limit of descriptors is `descriptors`.
  static func limits(_ settings: ConnectionSettings, loops: Int, descriptors: Int) -> RPCLimits {
    var limits = RPCLimits()
    if descriptors > 0 {
      let left = descriptors - reserve(loops: loops)
      limits.connectionsMax = max(connectionsMin, min(limits.connectionsMax, left))
    }
    let share = max(connectionsMin / 2, limits.connectionsMax / addressShare)
    limits.connectionsPerAddressMax =
      settings.connectionsPerAddress ?? min(limits.connectionsPerAddressMax, share)
    limits.callsPerAddressMax = settings.callsPerAddress ?? limits.callsPerAddressMax
    return limits
  }

  /// The same as ``limits(_:loops:descriptors:)`` for this process. Logs a warning when there are fewer connections
  /// than usual.
  static func limits(_ settings: ConnectionSettings, loops: Int, _ log: Logger) -> RPCLimits {
    let descriptors = DescriptorLimit.current
    let limits = limits(settings, loops: loops, descriptors: descriptors)
    if limits.connectionsMax < RPCLimits().connectionsMax {
      log.notice(
        "the limit of open files reduces the number of connections",
        metadata: ["limit": "\(descriptors)", "connections": "\(limits.connectionsMax)"])
    }
    return limits
  }

  /// Descriptors that the process needs itself.
  static func reserve(loops: Int) -> Int {
    let database = DatabaseConfiguration(url: "")
    let perLoop = database.connectionsMax + reservePerLoop
    return reserveUsual + MetricsListener.connectionsMax + loops * perLoop
  }
}

import EventLoop
import Metrics
import Platform
import Postgres
import RPC

/// How the loops' connections to Postgres are doing.
enum DatabaseMetrics {
  private static let open = gauge("open", "Connections to Postgres that are open.")
  private static let reads = gauge("reads_in_flight", "Queries under way or waiting on connections for reading.")
  private static let writers = MetricFamily(
    "fastshop_postgres_writers", help: "Connections for writing by what they do, and writers that wait for one.",
    kind: .gauge, labels: ["loop", "state"])
  private static let connects = MetricFamily(
    "fastshop_postgres_connects", help: "Attempts to connect to Postgres, by how they ended.", kind: .counter,
    labels: ["loop", "outcome"])

  private static func gauge(_ name: String, _ help: String) -> MetricFamily {
    MetricFamily("fastshop_postgres_\(name)", help: help, kind: .gauge, labels: ["loop"])
  }

  static func collect(_ loop: EventLoop, _ samples: inout MetricSamples) {
    guard let statistics = loop.database?.statistics else { return }
    let label = "\(loop.index)"
    samples.add(statistics.connectionsOpen, to: open, [label])
    samples.add(statistics.readsWaiting, to: reads, [label])
    samples.add(statistics.writersInUse, to: writers, [label, "in_use"])
    samples.add(statistics.writersIdle, to: writers, [label, "idle"])
    samples.add(statistics.writersWaiting, to: writers, [label, "waiting"])
    samples.add(statistics.connectionsOpened, to: connects, [label, "opened"])
    samples.add(statistics.connectionsFailed, to: connects, [label, "failed"])
  }
}

/// How far the machine's own clock is from the database's, by which the shop goes.
enum ClockMetrics {
  private static let ahead = MetricFamily(
    "fastshop_clock_ahead_seconds",
    help: "Seconds by which this machine's clock is ahead of the database's, by which the shop goes.", kind: .gauge)

  static func collect(_ samples: inout MetricSamples) { samples.add(DatabaseClock.machineAhead, to: ahead) }
}

/// What the server holds open.
enum ServerMetrics {
  private static let connections = MetricFamily(
    "fastshop_connections", help: "Connections of callers that are open.", kind: .gauge)
  private static let streams = MetricFamily(
    "fastshop_streams", help: "Streams of callers that are open, or whose handlers have not ended yet.", kind: .gauge)

  static func collect(_ server: RPCServer, _ samples: inout MetricSamples) {
    samples.add(server.openConnections, to: connections)
    samples.add(server.callsInFlight, to: streams)
  }
}

/// How the event log is read.
enum EventMetrics {
  private static let events = MetricFamily(
    "fastshop_event_log_events", help: "Events that were read from the log and handed to subscribers.", kind: .counter)
  private static let failures = MetricFamily(
    "fastshop_event_log_failures", help: "Times that the log could not be read.", kind: .counter)

  /// Only on the first loop.
  static func collect(_ hub: EventHub, _ samples: inout MetricSamples) {
    let counts = hub.counts
    samples.add(counts.events, to: events)
    samples.add(counts.failures, to: failures)
  }
}

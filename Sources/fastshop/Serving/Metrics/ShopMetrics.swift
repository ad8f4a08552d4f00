import EventLoop
import Metrics
import Platform
import Postgres
import RPC

/// Metrics of the loops' connections to Postgres.
enum DatabaseMetrics {
  private static let open = gauge("open", "Connections to Postgres that are open.")
  private static let reads = gauge("reads_in_flight", "Queries under way or waiting on connections for reading.")
  private static let writers = MetricFamily(
    "fastshop_postgres_writers",
    help: "Write connections by state, writers that wait for one, and those queued for a row before they do.",
    kind: .gauge, labels: ["loop", "state"])
  private static let longReads = MetricFamily(
    "fastshop_postgres_long_reads", help: "Reports and exports that have a connection, and that wait for one.",
    kind: .gauge, labels: ["loop", "state"])
  private static let slowReads = MetricFamily(
    "fastshop_postgres_slow_reads",
    help: "Reads that were sent again elsewhere because of a slow one, and reads that were cancelled on the server.",
    kind: .counter, labels: ["loop", "outcome"])
  private static let connects = MetricFamily(
    "fastshop_postgres_connects", help: "Attempts to connect to Postgres, by outcome.", kind: .counter,
    labels: ["loop", "outcome"])
  private static let retries = MetricFamily(
    "fastshop_postgres_transaction_retries",
    help: "Transactions that were tried again after a conflict with others or a change of the schema.", kind: .counter,
    labels: ["loop"])

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
    samples.add(statistics.longReadsInUse, to: longReads, [label, "in_use"])
    samples.add(statistics.longReadsWaiting, to: longReads, [label, "waiting"])
    samples.add(statistics.readsMoved, to: slowReads, [label, "moved"])
    samples.add(statistics.readsCancelled, to: slowReads, [label, "cancelled"])
    samples.add(loop.admission.waiting, to: writers, [label, "queued"])
    samples.add(statistics.connectionsOpened, to: connects, [label, "opened"])
    samples.add(statistics.connectionsFailed, to: connects, [label, "failed"])
    samples.add(statistics.transactionsRetried, to: retries, [label])
  }
}

/// The difference between the machine's clock and the database's, which the shop uses.
enum ClockMetrics {
  private static let ahead = MetricFamily(
    "fastshop_clock_ahead_seconds",
    help: "Seconds by which this machine's clock is ahead of the database's clock, which the shop uses.", kind: .gauge)

  static func collect(_ samples: inout MetricSamples) { samples.add(DatabaseClock.machineAhead, to: ahead) }
}

/// Metrics of open connections and calls.
enum ServerMetrics {
  private static let connections = MetricFamily(
    "fastshop_connections", help: "Open client connections.", kind: .gauge)
  private static let streams = MetricFamily(
    "fastshop_streams", help: "Open client streams, and streams whose handlers have not ended yet.", kind: .gauge)
  private static let requestBytes = MetricFamily(
    "fastshop_request_memory_bytes", help: "Memory of requests over 2 KiB, in bytes.", kind: .gauge)

  private static let refusedConnections = MetricFamily(
    "fastshop_connections_refused",
    help: "Connections that were refused: too many of the address or the server, or no file descriptors left.",
    kind: .counter, labels: ["cause"])
  private static let idleClosed = MetricFamily(
    "fastshop_idle_connections_closed",
    help: "Connections that were closed to make room for others, idle ones first.", kind: .counter)
  private static let refusedCalls = MetricFamily(
    "fastshop_calls_refused",
    help: """
      Calls that were refused because too many were open: from their address, on the server, as streams while the \
      server accepts unary calls only, or with a request that did not arrive in time meanwhile.
      """,
    kind: .counter, labels: ["cause"])

  static func collect(_ server: RPCServer, _ samples: inout MetricSamples) {
    samples.add(server.openConnections, to: connections)
    samples.add(server.callsInFlight, to: streams)
    samples.add(server.heldRequestBytes, to: requestBytes)
    let pressure = server.pressureStatistics
    samples.add(pressure.connectionsOfAddress, to: refusedConnections, ["address"])
    samples.add(pressure.connectionsOfAll, to: refusedConnections, ["server"])
    samples.add(pressure.acceptsExhausted, to: refusedConnections, ["descriptors"])
    samples.add(pressure.idleConnectionsClosed, to: idleClosed)
    samples.add(pressure.callsOfAddress, to: refusedCalls, ["address"])
    samples.add(pressure.callsOfAll, to: refusedCalls, ["server"])
    samples.add(pressure.streamsOfAll, to: refusedCalls, ["stream"])
    samples.add(pressure.slowRequests, to: refusedCalls, ["slow"])
  }
}

/// Metrics of reading the event log.
enum EventMetrics {
  private static let events = MetricFamily(
    "fastshop_event_log_events", help: "Events that were read from the log and passed to subscribers.", kind: .counter)
  private static let failures = MetricFamily(
    "fastshop_event_log_failures", help: "Failed reads of the event log.", kind: .counter)
  private static let stalled = MetricFamily(
    "fastshop_event_log_stalled_seconds",
    help: "How long the event log has been waiting for an open transaction that has written an event.",
    kind: .gauge)

  /// Only on the first loop.
  static func collect(_ hub: EventHub, _ samples: inout MetricSamples) {
    let counts = hub.counts
    samples.add(counts.events, to: events)
    samples.add(counts.failures, to: failures)
    samples.add(Int(hub.stalledFor.components.seconds), to: stalled)
  }
}

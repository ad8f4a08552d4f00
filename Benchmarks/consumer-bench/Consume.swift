import ArgumentParser
import EventLoop
import Foundation
import Platform
import Postgres
import Synchronization

/// `consumer-bench consume`: writes a row for each event, in the consumer's unit of work.
struct Consume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Consume events. Print 'ready' when it runs, and at the end a line of JSON.")

  private static let lookInterval: Duration = .milliseconds(2)

  @Option(help: "The database.")
  var databaseURL: String

  @Option(help: "End after so many events; 0 for never.")
  var events = 0

  @Option(help: "The name of the process in its rows.")
  var node = "bench"

  @Option(help: "Milliseconds after which another process takes over from one that is dead.")
  var leaseMs: Int?

  @Option(help: "Milliseconds between two looks whether the other process is alive.")
  var lookMs: Int?

  @Flag(help: "Print a line before each COMMIT is sent, and another one when it is answered.")
  var trace = false

  func run() async throws {
    let node = try await BenchNode(databaseURL)
    let effects = Effects(node: self.node, isTraced: trace)
    var lease = ConsumerLease()
    if let leaseMs { lease.duration = .milliseconds(leaseMs) }
    if let lookMs { lease.lookInterval = .milliseconds(lookMs) }
    let consumers = Consumers([effects.consumer], on: node.group, node: self.node, lease: lease)
    let hub = node.hub(consumers.observers)
    hub.start()
    consumers.start(hub)
    say("ready")
    while events == 0 || effects.count < events { try await Task.sleep(for: Self.lookInterval) }
    say(effects.summary)
    await consumers.stop()
    await hub.stop()
    await node.stop()
  }
}

/// The effects of a process, and what it has measured.
private final class Effects: Sendable {
  private struct Effect {
    let seq: Int64
    let account: ID
    let number: Int64
    let node: String
  }

  private struct Measured {
    var lags: [Int64] = []
    var batches = 0
    var firstNs: Int64 = 0
    var lastNs: Int64 = 0
  }

  private static let kind = BufferedKind<Effect>(.rows) { effects in
    """
    INSERT INTO bench.effect (seq, account, number, node)
    SELECT e.seq, e.account, e.number, e.node
      FROM unnest(\(effects.map(\.seq))::bigint[], \(effects.map(\.account))::uuid[],
                  \(effects.map(\.number))::bigint[], \(effects.map(\.node))::text[])
           WITH ORDINALITY e (seq, account, number, node, place)
     ORDER BY e.place
    """
  }

  private let measured = Mutex(Measured())
  private let node: String
  private let isTraced: Bool

  init(node: String, isTraced: Bool) {
    self.node = node
    self.isTraced = isTraced
  }

  var count: Int { measured.withLock { $0.lags.count } }

  var consumer: Consumer { Consumer("bench.effects", of: [AccountChange.topic], from: .beginning, body: write) }

  @Sendable private nonisolated(nonsending) func write(_ events: [LoggedEvent], _ work: Work) async throws {
    let begin = EventLoop.preciseNow
    var committed: [Int64] = []
    for event in events {
      let change = try JSONDecoder().decode(AccountChange.self, from: Data(event.payload.utf8))
      committed.append(change.committedNs)
      work.atCommit(
        Self.kind,
        Effect(
          seq: event.header.seq, account: event.header.subjects.first ?? .none, number: change.number, node: node))
    }
    let last = events.last?.header.seq ?? 0
    trace("committing", last)
    work.afterCommit { [self, committed] in
      trace("committed", last)
      note(committed, since: begin)
    }
  }

  private func note(_ committed: [Int64], since begin: Int64) {
    let now = EventLoop.preciseNow
    measured.withLock { measured in
      if measured.batches == 0 { measured.firstNs = begin }
      measured.batches += 1
      measured.lastNs = now
      for time in committed { measured.lags.append(max(0, now - time)) }
    }
  }

  private func trace(_ step: String, _ seq: Int64) {
    if isTraced { say("\(step) \(seq)") }
  }

  var summary: String {
    measured.withLock { measured in
      let lags = Delays(measured.lags)
      let took = Double(measured.lastNs - measured.firstNs) / 1e9
      return """
        {"events": \(measured.lags.count), "batches": \(measured.batches), "seconds": \(took), \
        "lag_p50_ms": \(lags.percentile(0.5)), "lag_p99_ms": \(lags.percentile(0.99)), \
        "lag_max_ms": \(lags.percentile(1))}
        """
    }
  }
}

package import EventLoop
package import Metrics
internal import Postgres

/// The consumers of a server. Of all servers with the same ones, each consumer runs on one.
package final class Consumers: Sendable {
  private let runners: [ConsumerRunner]

  /// Consumers on the loops of `group`. `node` is the name of the server for operators.
  package init(
    _ consumers: [Consumer], on group: EventLoopGroup, node: String, lease: ConsumerLease = ConsumerLease()
  ) {
    let owner = "\(node)/\(String(UInt64.random(in: .min ... .max), radix: 36))"
    runners = consumers.enumerated().map { index, consumer in
      ConsumerRunner(consumer, owner: owner, lease: lease, on: group.loops[index % group.loops.count])
    }
  }

  /// Wakes the consumers: for the hub.
  package var observers: [EventObserver] {
    runners.flatMap { runner in
      runner.consumer.topics.map { topic in EventObserver(topic: topic) { _ in runner.wake() } }
    }
  }

  /// Begins. `hub` has the ``observers``.
  package func start(_ hub: EventHub) {
    for runner in runners { runner.start(hub) }
  }

  /// Ends all at the same time and, with `isReleasing`, lets other servers take over at once. Without it they take over
  /// when the leases end: for a database that does not answer.
  package func stop(isReleasing: Bool = true) async {
    await withDiscardingTaskGroup { tasks in
      for runner in runners { tasks.addTask { await runner.stop(isReleasing: isReleasing) } }
    }
  }

  private static let events = family("events", "Events that this server has consumed.", .counter)
  private static let failures = family("failures", "Attempts to consume events that failed.", .counter)
  private static let parked = family("parked", "Events that this server has given up.", .counter)
  private static let owned = family("owned", "Whether this server runs the consumer.", .gauge)
  private static let behind = family(
    "behind_events", "Numbers of the event log between the consumer and its end, where it runs.", .gauge)
  private static let lag = family(
    "lag_seconds", "For how long the consumer has not been up to date, where it runs.", .gauge)

  private static func family(_ name: String, _ help: String, _ kind: MetricFamily.Kind) -> MetricFamily {
    MetricFamily("fastshop_consumer_\(name)", help: help, kind: kind, labels: ["consumer"])
  }

  /// Reports to `registry` from now on.
  package func report(to registry: MetricsRegistry) {
    registry.collect { [weak self] loop, samples in
      for runner in self?.runners ?? [] where runner.loop === loop {
        let (progress, label) = (runner.progress.value, [runner.consumer.name])
        samples.add(progress.events, to: Self.events, label)
        samples.add(progress.failures, to: Self.failures, label)
        samples.add(progress.parked, to: Self.parked, label)
        samples.add(progress.isOwner ? 1 : 0, to: Self.owned, label)
        guard progress.isOwner else { continue }
        samples.add(Int(progress.behind), to: Self.behind, label)
        samples.add(Int(progress.lag.components.seconds), to: Self.lag, label)
      }
    }
  }
}

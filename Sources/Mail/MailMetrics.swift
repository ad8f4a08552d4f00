package import Metrics
internal import EventLoop

/// The metrics of sending e-mails.
extension MailModule {
  private static let deliveries = MetricFamily(
    "fastshop_mail_deliveries", help: "Attempts of this server to deliver mails, by outcome.",
    kind: .counter, labels: ["outcome"])
  private static let queue = MetricFamily(
    "fastshop_mail_queue", help: "Queued mails and undeliverable mails, over all servers.", kind: .gauge,
    labels: ["state"])
  private static let age = MetricFamily(
    "fastshop_mail_oldest_seconds", help: "Age of the oldest queued mail, over all servers.",
    kind: .gauge)
  private static let failures = MetricFamily(
    "fastshop_mail_queue_failures", help: "Failed reads and writes of the mail queue.", kind: .counter)

  /// Reports to `registry` from now on.
  package func report(to registry: MetricsRegistry) {
    registry.collect { [weak self] loop, samples in
      guard let self, loop.index == 0 else { return }  // metrics of the whole process are reported once
      let (counts, depth) = progress
      samples.add(counts.sent, to: Self.deliveries, ["sent"])
      samples.add(counts.postponed, to: Self.deliveries, ["postponed"])
      samples.add(counts.dead, to: Self.deliveries, ["given_up"])
      samples.add(depth.waiting, to: Self.queue, ["waiting"])
      samples.add(depth.dead, to: Self.queue, ["given_up"])
      samples.add(depth.oldestSeconds, to: Self.age)
      samples.add(counts.failures, to: Self.failures)
    }
  }
}

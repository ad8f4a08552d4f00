package import Metrics
internal import EventLoop

/// What signing in costs.
extension IdentityModule {
  private static let hashes = MetricFamily(
    "fastshop_password_hashes", help: "Hashes of passwords that this server made or checked.", kind: .counter)
  private static let waiting = MetricFamily(
    "fastshop_passwords_waiting", help: "Passwords that wait for their hash on this server.", kind: .gauge)

  private static let revocations = MetricFamily(
    "fastshop_revocations_age_seconds", help: "How long ago this server read last what has ended rights.", kind: .gauge)

  /// Reports to `registry` from now on.
  package func report(to registry: MetricsRegistry) {
    registry.collect { [hasher, revocations] loop, samples in
      guard loop.index == 0 else { return }  // what is counted for the whole process is told once
      samples.add(hasher.hashes, to: Self.hashes)
      samples.add(hasher.waiting, to: Self.waiting)
      if let age = revocations.age { samples.add(Int(age.components.seconds), to: Self.revocations) }
    }
  }
}

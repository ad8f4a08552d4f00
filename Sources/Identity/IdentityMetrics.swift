package import Metrics
internal import EventLoop

/// What signing in costs.
extension IdentityRoom {
  private static let hashes = MetricFamily(
    "fastshop_password_hashes", help: "Hashes of passwords that this server made or checked.", kind: .counter)
  private static let waiting = MetricFamily(
    "fastshop_passwords_waiting", help: "Passwords that wait for their hash on this server.", kind: .gauge)

  /// Reports to `registry` from now on.
  package func report(to registry: MetricsRegistry) {
    registry.collect { [hasher] loop, samples in
      guard loop.index == 0 else { return }  // what is counted for the whole process is told once
      samples.add(hasher.hashes, to: Self.hashes)
      samples.add(hasher.waiting, to: Self.waiting)
    }
  }
}

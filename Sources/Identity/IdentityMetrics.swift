package import Metrics
internal import Platform
internal import EventLoop

/// The metrics of this module.
extension IdentityModule {
  private static let hashes = MetricFamily(
    "fastshop_password_hashes", help: "Password hashes that this server computed or verified.", kind: .counter)
  private static let waiting = MetricFamily(
    "fastshop_passwords_waiting", help: "Password hashes that wait to be computed on this server.", kind: .gauge)

  private static let revocations = MetricFamily(
    "fastshop_revocations_age_seconds", help: "Seconds since this server last read the revocations.", kind: .gauge)

  /// Reports to `registry` from now on.
  package func report(to registry: MetricsRegistry) {
    ProviderClient.report(providers.map(\.client), to: registry)
    registry.collect { [hasher, revocations] loop, samples in
      guard loop.index == 0 else { return }  // metrics of the whole process are reported once
      samples.add(hasher.hashes, to: Self.hashes)
      samples.add(hasher.waiting, to: Self.waiting)
      if let age = revocations.age { samples.add(Int(age.components.seconds), to: Self.revocations) }
    }
  }
}

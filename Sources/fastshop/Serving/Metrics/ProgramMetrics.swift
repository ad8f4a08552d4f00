import Metrics
import RPC

/// The version of the program.
enum BuildMetrics {
  private static let build = MetricFamily(
    "fastshop_build_info", help: "Always 1; the labels give the version.", kind: .gauge,
    labels: ["version", "node"])

  static func collect(node: String, _ samples: inout MetricSamples) {
    samples.add(1, to: build, [Version.text, node])
  }
}

/// The expiry of the server's certificate.
enum CertificateMetrics {
  private static let end = MetricFamily(
    "fastshop_certificate_expire_time_seconds",
    help: "Expiry time of the TLS certificate, in seconds since 1970.", kind: .gauge)

  static func collect(_ context: TLSContext, _ samples: inout MetricSamples) {
    if let seconds = context.certificateEndsAt { samples.add(Int(seconds), to: end) }
  }
}

import RPC

/// `GET /healthz`: health for balancers without gRPC. It answers 200 while the shop serves, and 503 otherwise.
enum HealthRoute {
  static func route(_ health: HealthRegistry) -> HTTPRoute {
    HTTPRoute("GET", "/healthz") { _ in
      health.status(of: "") == .serving
        ? HTTPResponse(text: "serving\n") : HTTPResponse(status: 503, text: "not serving\n")
    }
  }
}

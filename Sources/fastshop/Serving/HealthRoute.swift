import RPC

/// `GET /healthz`: health for those who speak no gRPC, such as balancers. 200 while the shop serves, 503 otherwise.
enum HealthRoute {
  static func route(_ health: HealthRegistry) -> HTTPRoute {
    HTTPRoute("GET", "/healthz") { _ in
      health.status(of: "") == .serving
        ? HTTPResponse(text: "serving\n") : HTTPResponse(status: 503, text: "not serving\n")
    }
  }
}

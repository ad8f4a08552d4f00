import Metrics
import RPC

/// `GET /metrics`: what Prometheus and its like read, in the format that they ask for.
enum MetricsRoute {
  static func route(_ registry: MetricsRegistry) -> HTTPRoute {
    HTTPRoute("GET", "/metrics") { request in
      let format = MetricsFormat(accept: request.headers["accept"])
      return HTTPResponse(text: await registry.render(format), contentType: format.contentType)
    }
  }
}

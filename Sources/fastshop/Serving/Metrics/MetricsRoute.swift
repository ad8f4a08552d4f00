import Metrics
import RPC

/// `GET /metrics` for Prometheus and compatible collectors, in the requested format.
enum MetricsRoute {
  /// Serves the addresses of `readers`; nil serves all.
  static func route(_ page: MetricsPage, for readers: MetricsReaders?) -> HTTPRoute {
    HTTPRoute("GET", "/metrics") { request in
      if let readers, !readers.include(request) {
        return HTTPResponse(
          status: 403, text: "metrics are shown only to the addresses in FASTSHOP_METRICS_ADDRESSES\n")
      }
      return await page.response(MetricsFormat(accept: request.headers["accept"]))
    }
  }
}

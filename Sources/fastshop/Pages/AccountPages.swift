import FoundationEssentials
import Identity
import RPC
import Sealing

/// The pages that links in mails open while no site is configured. They are enough to try the shop in a browser; the
/// pages of products are the site's.
///
/// The token follows `#`, which browsers send to no server. The page sends the token in a call to its own server.
enum AccountPages {
  /// The policy of the pages: they run their own script and call their own server, nothing else.
  private static let contentPolicy =
    "default-src 'none'; script-src \(source(AccountPage.script)); "
    + "style-src \(source(AccountPage.style)); connect-src 'self'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  /// A text of the page's own, as content policies name it: by its hash.
  private static func source(_ text: String) -> String {
    "'sha256-\(Data(Digest.sha256(Array(text.utf8))).base64EncodedString())'"
  }

  /// The pages' paths, as ``QueuedAccountMailer`` and ``QueuedStockMailer`` write them into links.
  static let paths = ["/verify-email", "/reset-password", "/accept-invitation", "/back-in-stock"]

  /// The pages, if they are needed.
  static func routes(_ settings: IdentitySettings) -> [HTTPRoute] {
    guard settings.isSiteOurOwn else { return [] }
    return paths.map { path in HTTPRoute("GET", path) { _ in page } }
  }

  private static let page = HTTPResponse(
    status: 200,
    headers: [
      "content-type": "text/html; charset=utf-8", "content-security-policy": contentPolicy,
      "referrer-policy": "no-referrer", "x-content-type-options": "nosniff", "cache-control": "no-store",
    ],
    body: Array(AccountPage.html.utf8))
}

extension ServeSettings {
  /// The server's URL for a browser on this machine; nil when there is none, or it is not known yet.
  var ownURL: String? {
    for (scheme, addresses) in [("http", listen), ("https", tlsListen)] {
      for case .tcp(let host, let port) in addresses where port != 0 {
        let here = ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host
        return "\(scheme)://\(ListenAddress.tcp(host: here, port: port))"
      }
    }
    return nil
  }
}

import FoundationEssentials
import Identity
import RPC
import Sealing

/// The pages that the links of mails lead to while nobody has named a site: enough to try the shop out with a browser.
///
/// The token stands behind `#`, which browsers send to no server; the page sends it in a call to the one it came from.
enum AccountPages {
  /// What the pages may do: run their own script and call their own server, nothing else.
  private static let contentPolicy =
    "default-src 'none'; script-src \(source(AccountPage.script)); "
    + "style-src \(source(AccountPage.style)); connect-src 'self'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  /// A text of the page's own, as content policies name it: by its hash.
  private static func source(_ text: String) -> String {
    "'sha256-\(Data(Digest.sha256(Array(text.utf8))).base64EncodedString())'"
  }

  /// The pages' paths, as ``QueuedAccountMailer`` writes them into links.
  static let paths = ["/verify-email", "/reset-password", "/accept-invitation"]

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
  /// Where a browser on this machine finds the server; nil when that is nowhere, or not known yet.
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

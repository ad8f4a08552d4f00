public import FoundationEssentials
internal import Sealing

/// Signs requests to services with the S3 API: AWS Signature Version 4.
public struct SignatureV4: Sendable {
  /// The hash of a body that is not signed.
  public static let unsignedPayload = "UNSIGNED-PAYLOAD"
  private static let algorithm = "AWS4-HMAC-SHA256"

  private let region: String
  private let keyID: String
  private let secret: String
  private let sessionToken: String?

  /// Signs with an access key, for a region such as `us-east-1`. A temporary key comes with a session token.
  public init(region: String, keyID: String, secret: String, sessionToken: String? = nil) {
    (self.region, self.keyID, self.secret, self.sessionToken) = (region, keyID, secret, sessionToken)
  }

  /// The hexadecimal hash of a body.
  public static func hash(_ body: [UInt8]) -> String { Hexadecimal.text(Digest.sha256(body)) }

  /// The header fields of a request, `more` among them, with its signature. All of them are signed.
  /// - Parameters:
  ///   - path: the path of the URL, escaped.
  ///   - query: the items of the query, not escaped.
  ///   - payload: the ``hash(_:)`` of the body.
  public func headers(
    _ method: String, host: String, path: String, query: [(String, String)] = [], more: [(String, String)] = [],
    payload: String, at now: Date
  ) -> [(String, String)] {
    let time = Self.time(now)
    let token = sessionToken.map { [("x-amz-security-token", $0)] } ?? []
    let headers = more + [("x-amz-content-sha256", payload), ("x-amz-date", time)] + token
    let all = (headers + [("host", host)]).sorted { $0.0 < $1.0 }
    let names = all.map { $0.0 }.joined(separator: ";")
    let signature = signature(
      [method, path, Self.line(query)] + all.map { "\($0.0):\($0.1)" } + ["", names, payload], time)
    let credential = "\(keyID)/\(scope(time))"
    return headers + [
      ("authorization", "\(Self.algorithm) Credential=\(credential), SignedHeaders=\(names), Signature=\(signature)")
    ]
  }

  /// The query of a URL by which whoever has it may make one kind of request for `seconds`, a week at most. The request
  /// must have the header fields `more`, such as its `content-length`. The body is not signed.
  public func query(
    _ method: String, host: String, path: String, more: [(String, String)] = [], seconds: Int, at now: Date
  ) -> String {
    let time = Self.time(now)
    let fields = (more + [("host", host)]).sorted { $0.0 < $1.0 }
    let names = fields.map { $0.0 }.joined(separator: ";")
    let token = sessionToken.map { [("X-Amz-Security-Token", $0)] } ?? []
    let items =
      [
        ("X-Amz-Algorithm", Self.algorithm), ("X-Amz-Credential", "\(keyID)/\(scope(time))"), ("X-Amz-Date", time),
        ("X-Amz-Expires", "\(seconds)"), ("X-Amz-SignedHeaders", names),
      ] + token
    let line = Self.line(items)
    let signature = signature(
      [method, path, line] + fields.map { "\($0.0):\($0.1)" } + ["", names, Self.unsignedPayload], time)
    return "\(line)&X-Amz-Signature=\(signature)"
  }

  /// The items of a query in the order and the form that are signed.
  public static func line(_ query: [(String, String)]) -> String {
    // By name, and not as they are joined: "=" sorts after "-".
    let items: [(String, String)] = query.map { (escaped($0), escaped($1)) }
    return items.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
  }

  private func signature(_ canonical: [String], _ time: String) -> String {
    let digest = Self.hash(Array(canonical.joined(separator: "\n").utf8))
    let scope = scope(time)
    let text = "\(Self.algorithm)\n\(time)\n\(scope)\n\(digest)"
    let key = scope.split(separator: "/").reduce(Array(("AWS4" + secret).utf8)) { key, part in
      Digest.hmacSHA256(Array(part.utf8), key: key)
    }
    return Hexadecimal.text(Digest.hmacSHA256(Array(text.utf8), key: key))
  }

  private func scope(_ time: String) -> String { "\(time.prefix(8))/\(region)/s3/aws4_request" }

  private static func time(_ now: Date) -> String {
    now.formatted(.iso8601).replacing("-", with: "").replacing(":", with: "")
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}

import FoundationEssentials
import HTTPClient
import Sealing

/// A client of an object store with the S3 API. Requests are signed with AWS Signature Version 4.
struct ObjectStore: Sendable {
  /// Objects that one page lists.
  private static let pageMax = 1_000

  /// The reason why the store refused a request.
  struct Refusal: Error, CustomStringConvertible {
    let method: String
    let status: Int
    let body: String

    var description: String { "the object store answered \(method) with \(status): \(body.prefix(200))" }
  }

  let settings: ObjectStoreSettings
  let client: HTTPClient

  /// Puts an object that cannot be changed or removed until `end`.
  func put(_ name: String, _ body: [UInt8], at now: Date, keptUntil end: Date) async throws {
    let more = [
      ("content-type", "text/plain"),
      ("x-amz-checksum-sha256", Data(Digest.sha256(body)).base64EncodedString()),
      ("x-amz-object-lock-mode", "COMPLIANCE"), ("x-amz-object-lock-retain-until-date", end.formatted(.iso8601)),
      ("x-amz-sdk-checksum-algorithm", "SHA256"),
    ]
    _ = try await ask("PUT", "/" + name, [], more, body, at: now)
  }

  /// An object.
  func get(_ name: String, at now: Date) async throws -> [UInt8] {
    try await ask("GET", "/" + name, [], [], [], at: now)
  }

  /// The names of up to 1,000 objects that begin with `prefix`, after `after`, in their order.
  func names(_ prefix: String, after: String, at now: Date) async throws -> [String] {
    let query = [
      ("list-type", "2"), ("max-keys", "\(Self.pageMax)"), ("prefix", prefix), ("start-after", after),
    ].filter { !$0.1.isEmpty }
    let body = String(decoding: try await ask("GET", "/", query, [], [], at: now), as: UTF8.self)
    return body.split(separator: "<Key>").dropFirst().compactMap { part in
      part.firstRange(of: "</Key>").map { String(part[..<$0.lowerBound]) }
    }
  }

  private func ask(
    _ method: String, _ path: String, _ query: [(String, String)], _ more: [(String, String)], _ body: [UInt8],
    at now: Date
  ) async throws -> [UInt8] {
    let line = query.map { Self.escaped($0) + "=" + Self.escaped($1) }.sorted().joined(separator: "&")
    let full = settings.path + path
    let headers = signed(method, full, line, more, body, at: now)
    let url = settings.bucketURL + path + (line.isEmpty ? "" : "?" + line)
    let response = try await client.send(
      HTTPClientRequest(method, url, headers: headers.map { HTTPField($0, $1) }, body: body))
    guard response.status == 200 else {
      throw Refusal(method: method, status: response.status, body: String(decoding: response.body, as: UTF8.self))
    }
    return response.body
  }

  /// The headers of a request, with its signature.
  func signed(
    _ method: String, _ path: String, _ query: String, _ more: [(String, String)], _ body: [UInt8], at now: Date
  ) -> [(String, String)] {
    let time = now.formatted(.iso8601).replacing("-", with: "").replacing(":", with: "")
    let hash = Self.hex(Digest.sha256(body))
    let headers = more + [("x-amz-content-sha256", hash), ("x-amz-date", time)]
    let all = (headers + [("host", settings.host)]).sorted { $0.0 < $1.0 }
    let names = all.map { $0.0 }.joined(separator: ";")
    let lines: [String] = [method, path, query] + all.map { "\($0.0):\($0.1)" } + ["", names, hash]
    let request = lines.joined(separator: "\n")
    let scope: String = "\(time.prefix(8))/\(settings.region)/s3/aws4_request"
    let digest = Self.hex(Digest.sha256(Array(request.utf8)))
    let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(digest)"
    let key = scope.split(separator: "/").reduce(Array(("AWS4" + settings.secret).utf8)) { key, part in
      Digest.hmacSHA256(Array(part.utf8), key: key)
    }
    let signature = Self.hex(Digest.hmacSHA256(Array(text.utf8), key: key))
    let credential = "AWS4-HMAC-SHA256 Credential=\(settings.keyID)/\(scope)"
    return headers + [("authorization", "\(credential), SignedHeaders=\(names), Signature=\(signature)")]
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}

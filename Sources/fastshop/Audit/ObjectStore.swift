import Files
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
    let bucket = settings.bucket
    let headers = bucket.signature.headers(
      method, host: bucket.host, path: bucket.path + path, query: query, more: more,
      payload: SignatureV4.hash(body), at: now)
    let url = bucket.url + path + (query.isEmpty ? "" : "?" + SignatureV4.line(query))
    let response = try await client.send(
      HTTPClientRequest(method, url, headers: headers.map { HTTPField($0, $1) }, body: body))
    guard response.status == 200 else {
      throw Refusal(method: method, status: response.status, body: String(decoding: response.body, as: UTF8.self))
    }
    return response.body
  }
}

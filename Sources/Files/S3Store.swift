internal import EventLoop
public import FoundationEssentials
public import HTTPClient

/// A bucket of an object store with the S3 API, and the access key for it.
public struct S3Bucket: Sendable, Equatable {
  /// `https://host/bucket`, without a slash at the end.
  public let url: String
  /// The host, with its port where it is not the usual one.
  public let host: String
  /// The path of the bucket, escaped as in ``url``, with a slash at its beginning and none at its end; empty if the
  /// host names the bucket.
  public let path: String
  /// Such as `us-east-1`.
  public let region: String
  /// The id of the access key. It needs the right to list the bucket as well: without it, stores refuse to say that an
  /// object is missing.
  public let keyID: String
  /// The secret of the access key.
  public let secret: String
  /// The session token of a temporary access key; nil for a lasting one.
  public let sessionToken: String?

  /// A bucket whose parts are known.
  public init(
    url: String, host: String, path: String, region: String, keyID: String, secret: String, sessionToken: String? = nil
  ) {
    (self.url, self.host, self.path) = (url, host, path)
    (self.region, self.keyID, self.secret, self.sessionToken) = (region, keyID, secret, sessionToken)
  }

  /// Signs requests to it.
  public var signature: SignatureV4 {
    SignatureV4(region: region, keyID: keyID, secret: secret, sessionToken: sessionToken)
  }
}

/// Blobs in an object store with the S3 API.
///
/// The store replaces an object as a whole, when all of its bytes have arrived. Requests are not repeated here: callers
/// know how long they can wait.
public final class S3Store: BlobStore {
  /// A request without a body has so much time.
  private static let shortTimeout: Duration = .seconds(20)
  /// The slowest transfer that is waited for, in bytes a second.
  private static let bytesPerSecondMin = 64 * 1024
  /// A store that takes, or sends, next to nothing for so long has stalled. It also has so long to answer a whole body.
  private static let stallLimit = HTTPStallLimit(bytesPerSecondMin: 1_024, seconds: 30)
  /// Keys that a page of a list has at most, by the API.
  private static let keysMax = 1_000

  private let bucket: S3Bucket
  private let client: HTTPClient
  private let now: @Sendable () -> Date

  /// Blobs in `bucket`, reached by `client`.
  public init(_ bucket: S3Bucket, client: HTTPClient, now: @escaping @Sendable () -> Date = { Date() }) {
    (self.bucket, self.client, self.now) = (bucket, client, now)
  }

  /// Stores a blob: see ``BlobStore/put(_:as:contentType:)``.
  public func put(_ file: StagedFile, as key: BlobKey, contentType: String) async throws(BlobError) {
    let bytes = file.bytes
    // The store compares the hash with what arrives.
    var request = request(
      "PUT", key, [("content-type", contentType)], payload: Hexadecimal.text(file.sha256()))
    request.timeout = Self.shortTimeout + .seconds(bytes / Self.bytesPerSecondMin)
    request.stallLimit = Self.stallLimit
    request.upload = HTTPUpload(length: bytes) { offset in
      try await file.read(from: offset, count: BlobPiece.bytes)
    }
    _ = try await answer(request, accepting: [200])
  }

  /// Reads a part of a blob: see ``BlobStore/read(_:from:count:)``.
  public func read(_ key: BlobKey, from offset: Int, count: Int) async throws(BlobError) -> BlobPart? {
    guard offset >= 0, count > 0, offset <= Int.max - count else { throw .refused("no blob has such bytes") }
    var request = request("GET", key, [("range", "bytes=\(offset)-\(offset + count - 1)")])
    request.responseBytesMax = max(count, Self.errorBytesMax)
    let response = try await answer(request, accepting: [200, 206, 404, 416])
    switch response.status {
    case 206:
      guard let range = response["content-range"], range.hasPrefix("bytes \(offset)-"),
        let total = Int(range.drop { $0 != "/" }.dropFirst()), response.body.count <= count
      else { throw .unavailable("the answer is not the range that was asked for") }
      return BlobPart(bytes: response.body, blobBytes: total)
    case 200:  // a store that knows no ranges: the whole blob, if it is not too large
      return BlobPart(bytes: Array(response.body.dropFirst(offset).prefix(count)), blobBytes: response.body.count)
    case 416:
      let total = response["content-range"].flatMap { Int($0.drop { $0 != "/" }.dropFirst()) }
      return BlobPart(bytes: [], blobBytes: total ?? offset)
    default: return nil
    }
  }

  /// Removes a blob; nothing when there is none.
  public func delete(_ key: BlobKey) async throws(BlobError) {
    _ = try await answer(request("DELETE", key), accepting: [200, 204, 404])
  }

  /// A URL for an upload: see ``BlobStore/uploadURL(_:bytes:seconds:now:)``. The store compares the signed length with
  /// that of the request.
  public func uploadURL(_ key: BlobKey, bytes: Int, seconds: Int, now: Date) -> String? {
    let query = bucket.signature.query(
      "PUT", host: bucket.host, path: path(of: key), more: [("content-length", "\(bytes)")], seconds: seconds, at: now)
    return "\(bucket.url)/\(key)?\(query)"
  }

  /// The first keys below a folder: see ``BlobStore/uploads(_:count:)``.
  public func uploads(_ folder: BlobKey, count: Int) async throws(BlobError) -> [BlobKey] {
    let query = [
      ("list-type", "2"), ("max-keys", "\(min(max(count, 1), Self.keysMax))"), ("prefix", "\(folder)/"),
    ]
    let headers = bucket.signature.headers(
      "GET", host: bucket.host, path: bucket.path + "/", query: query, payload: SignatureV4.hash([]), at: now())
    var request = HTTPClientRequest(
      "GET", "\(bucket.url)/?\(SignatureV4.line(query))", headers: headers.map { HTTPField($0, $1) })
    request.timeout = Self.shortTimeout
    let body = String(decoding: try await answer(request, accepting: [200]).body, as: UTF8.self)
    // A key has no characters that XML escapes.
    return body.split(separator: "<Key>").dropFirst().compactMap { part in
      part.firstRange(of: "</Key>").flatMap { BlobKey(String(part[..<$0.lowerBound])) }
    }
  }

  /// Bytes of an answer that tells of an error.
  private static let errorBytesMax = 64 * 1024
  /// Characters of it that are worth a line in a log.
  private static let errorCharactersMax = 200

  private func path(of key: BlobKey) -> String { "\(bucket.path)/\(key)" }

  private func request(
    _ method: String, _ key: BlobKey, _ more: [(String, String)] = [], payload: String = SignatureV4.hash([])
  ) -> HTTPClientRequest {
    let headers = bucket.signature.headers(
      method, host: bucket.host, path: path(of: key), more: more, payload: payload, at: now())
    var request = HTTPClientRequest(method, "\(bucket.url)/\(key)", headers: headers.map { HTTPField($0, $1) })
    request.timeout = Self.shortTimeout
    request.responseBytesMax = Self.errorBytesMax
    return request
  }

  private func answer(
    _ request: HTTPClientRequest, accepting statuses: Set<Int>
  ) async throws(BlobError) -> HTTPClientResponse {
    let response: HTTPClientResponse
    do throws(HTTPClientError) {
      response = try await client.send(request)
    } catch {
      throw error.isTransient ? .unavailable("\(error)") : .refused("\(error)")
    }
    if (200...299).contains(response.status) && statuses.contains(response.status) { return response }
    let code = Self.code(of: response)
    // A bucket that is not there is a mistake of the operator's, and no missing blob.
    if statuses.contains(response.status) && code != "NoSuchBucket" { return response }
    let body = String(decoding: response.body.prefix(Self.errorCharactersMax), as: UTF8.self)
    let reason = "\(request.method) was answered with \(response.status): \(body)"
    throw Self.passes(response.status, code) ? .unavailable(reason) : .refused(reason)
  }

  /// Whether the same request may succeed later: after a server's own faults, too many requests, a body that came too
  /// slowly, or with a clock that is right again.
  private static func passes(_ status: Int, _ code: String?) -> Bool {
    switch code {
    case "RequestTimeout", "RequestTimeTooSkewed", "SlowDown", "OperationAborted": true
    default: status >= 500 || status == 429 || status == 408
    }
  }

  /// The `Code` of an answer that tells of an error.
  private static func code(of response: HTTPClientResponse) -> String? {
    let text = String(decoding: response.body.prefix(errorBytesMax), as: UTF8.self)
    guard let begin = text.firstRange(of: "<Code>") else { return nil }
    let rest = text[begin.upperBound...]
    return rest.firstRange(of: "</Code>").map { String(rest[..<$0.lowerBound]) }
  }
}

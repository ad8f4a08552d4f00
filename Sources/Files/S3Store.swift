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

  /// A bucket whose parts are known.
  public init(url: String, host: String, path: String, region: String, keyID: String, secret: String) {
    (self.url, self.host, self.path) = (url, host, path)
    (self.region, self.keyID, self.secret) = (region, keyID, secret)
  }

  /// Signs requests to it.
  public var signature: SignatureV4 { SignatureV4(region: region, keyID: keyID, secret: secret) }
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

  /// A URL for an upload: see ``BlobStore/uploadURL(_:seconds:now:)``.
  public func uploadURL(_ key: BlobKey, seconds: Int, now: Date) -> String? {
    let query = bucket.signature.query("PUT", host: bucket.host, path: path(of: key), seconds: seconds, at: now)
    return "\(bucket.url)/\(key)?\(query)"
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
    if statuses.contains(response.status) { return response }
    let body = String(decoding: response.body.prefix(Self.errorCharactersMax), as: UTF8.self)
    let reason = "\(request.method) was answered with \(response.status): \(body)"
    // A server's own faults, and too many requests, go by.
    throw response.status >= 500 || response.status == 429 ? .unavailable(reason) : .refused(reason)
  }
}

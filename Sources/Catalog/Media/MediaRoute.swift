internal import Files
internal import RPC

/// `GET /media/{file}/{rendition}`: the renditions of images. The content of an address never changes.
struct MediaRoute: Sendable {
  /// A year, as long as caches keep anything.
  private static let lasting = "public, max-age=31536000, immutable"
  /// Until the renditions are made, the first one stands in for the others.
  private static let passing = "public, max-age=5"

  let media: MediaSettings

  var route: HTTPRoute {
    HTTPRoute("GET", "/media/{file}/{rendition}", inPieces: { request, writer in try await answer(request, writer) })
  }

  /// A rendition that is there.
  private struct Found {
    let key: BlobKey
    let name: String
    let start: BlobPart
    let cacheControl: String
  }

  private func answer(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
    let name = request.parameters["rendition"] ?? ""
    guard let file = request.parameters["file"].flatMap(MediaFile.init(digits:)), MediaFile.renditions.contains(name),
      let found = try await find(name, of: file)
    else { throw RPCError(.notFound, "there is no such image") }
    let etag = "\"\(file.digits.prefix(32))-\(found.name)\""
    var headers: Metadata = [
      "etag": etag, "cache-control": found.cacheControl, "accept-ranges": "bytes",
      "content-type": found.name.hasSuffix(".webp") ? "image/webp" : "image/jpeg",
      "x-content-type-options": "nosniff", "cross-origin-resource-policy": "cross-origin",
    ]
    if ByteRange.matches(request.headers["if-none-match"], etag) {
      _ = writer.begin(status: 304, headers: headers, length: 0)
      return
    }
    let total = found.start.blobBytes
    let isCurrent = request.headers["if-range"].map { $0 == etag } ?? true
    switch ByteRange(isCurrent ? request.headers["range"] : nil, of: total) {
    case .whole:
      try await send(found, 0..<total, status: 200, headers, writer)
    case .part(let range):
      headers.add("content-range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(total)")
      try await send(found, range, status: 206, headers, writer)
    case .unsatisfiable:
      headers.add("content-range", "bytes */\(total)")
      _ = writer.begin(status: 416, headers: headers, length: 0)
    }
  }

  private func find(_ name: String, of file: MediaFile) async throws -> Found? {
    for (candidate, cacheControl) in [(name, Self.lasting), (MediaFile.first, Self.passing)] {
      guard let key = file.rendition(candidate) else { continue }
      if let start = try await read(key, 0..<BlobPiece.bytes) {
        return Found(key: key, name: candidate, start: start, cacheControl: cacheControl)
      }
    }
    return nil
  }

  private func send(
    _ found: Found, _ range: Range<Int>, status: Int, _ headers: Metadata, _ writer: HTTPResponseWriter
  ) async throws {
    guard writer.begin(status: status, headers: headers, length: range.count) else { return }
    var offset = range.lowerBound
    let first = found.start.bytes[min(offset, found.start.bytes.count)..<min(range.upperBound, found.start.bytes.count)]
    if !first.isEmpty { try await writer.write(Array(first)) }
    offset += first.count
    while offset < range.upperBound {
      let part = try await read(found.key, offset..<min(range.upperBound, offset + BlobPiece.bytes))
      guard let part, !part.bytes.isEmpty else { throw RPCError(.unavailable, "the image has been removed") }
      try await writer.write(part.bytes)
      offset += part.bytes.count
    }
  }

  private func read(_ key: BlobKey, _ range: Range<Int>) async throws -> BlobPart? {
    try await MediaError.ofStore { () async throws(BlobError) in
      try await media.store.read(key, from: range.lowerBound, count: range.count)
    }
  }
}

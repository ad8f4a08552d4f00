internal import Files
internal import RPC

/// `GET /media/{file}/{rendition}`: the renditions of images, and videos and documents as they were sent. The content
/// of an address never changes.
struct MediaRoute: Sendable {
  /// A year, as long as caches keep anything.
  private static let lasting = "public, max-age=31536000, immutable"
  /// Until the renditions are made, the first one stands in for the others.
  private static let passing = "public, max-age=5"

  /// Of what is not made by the shop itself: nothing in it runs, or reads anything, in the shop's origin.
  private static let sandbox = "default-src 'none'; media-src 'self'; sandbox"

  let media: MediaSettings

  var route: HTTPRoute {
    HTTPRoute("GET", "/media/{file}/{rendition}", inPieces: { request, writer in try await answer(request, writer) })
  }

  /// A blob that is there.
  private struct Found {
    let key: BlobKey
    let name: String
    let contentType: String
    let start: BlobPart
    let cacheControl: String
  }

  private func answer(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
    let (digits, name) = (request.parameters["file"] ?? "", request.parameters["rendition"] ?? "")
    let type = AttachmentType(name: name)
    let found = if let type { try await attachment(type, digits) } else { try await rendition(name, digits) }
    guard let found else { throw RPCError(.notFound, "there is no such file") }
    let etag = "\"\(digits.prefix(32))-\(found.name)\""
    var headers: Metadata = [
      "etag": etag, "cache-control": found.cacheControl, "accept-ranges": "bytes",
      "content-type": found.contentType, "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "cross-origin",
    ]
    if let type {
      headers.add("content-security-policy", Self.sandbox)
      // A document is read by a viewer of its own, outside of the browser's pages.
      if type.kind == .document { headers.add("content-disposition", "attachment; filename=\"\(type.name)\"") }
    }
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

  private func rendition(_ name: String, _ digits: String) async throws -> Found? {
    guard let file = MediaFile(digits: digits), MediaFile.renditions.contains(name) else { return nil }
    for (candidate, cacheControl) in [(name, Self.lasting), (MediaFile.first, Self.passing)] {
      guard let key = file.rendition(candidate) else { continue }
      if let start = try await read(key, 0..<BlobPiece.bytes) {
        let contentType = candidate.hasSuffix(".webp") ? "image/webp" : "image/jpeg"
        return Found(key: key, name: candidate, contentType: contentType, start: start, cacheControl: cacheControl)
      }
    }
    return nil
  }

  private func attachment(_ type: AttachmentType, _ digits: String) async throws -> Found? {
    guard let key = MediaFile(digits: digits, kind: type.kind)?.original,
      let start = try await read(key, 0..<BlobPiece.bytes)
    else { return nil }
    return Found(
      key: key, name: type.name, contentType: type.contentType, start: start, cacheControl: Self.lasting)
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
      guard let part, !part.bytes.isEmpty else { throw RPCError(.unavailable, "the file has been removed") }
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

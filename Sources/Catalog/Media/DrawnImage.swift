internal import Files
internal import Images
internal import Platform
package import Postgres

/// A picture that the shop has drawn, in the store as if it had been uploaded.
package struct DrawnImage: Sendable {
  /// Renditions that one call asks for.
  private static let renditionsMax = 10_000

  /// The hash of the file, in hexadecimal digits.
  package let digits: String
  /// The address of the image.
  package let url: String
  /// The type of the file.
  package let contentType: String
  /// The size of the file.
  package let bytes: Int
  /// In pixels.
  package let width: Int
  /// In pixels.
  package let height: Int

  /// Draws an SVG document, and stores it with its first rendition, which is the same. No row names it yet.
  package init(svg: String, in media: MediaSettings) async throws {
    let type = ImageType.jpeg
    let drawn = try await media.inspector.draw(svg: svg, as: type)
    let file = try await media.staging.file()
    try await file.append(drawn)
    let header = try await file.withPath { path in try await media.inspector.header(of: path) }
    let names = MediaFile(.image, file)
    for key in [names.original, names.rendition(MediaFile.first)] {
      guard let key else { throw MediaError.storeUnavailable }
      try await media.store.put(file, as: key, contentType: type.contentType)
    }
    (digits, url, contentType) = (names.digits, media.urlPrefix + names.path, type.contentType)
    (bytes, width, height) = (file.bytes, header.width, header.height)
  }

  /// Has servers make the other renditions of images that lack them.
  package static func renderOthers(_ database: Database) async throws {
    try await database.transaction { transaction in
      let rows = try await transaction.rows(
        """
        SELECT encode(f.hash, 'hex') AS digits
          FROM catalog.media_file f
         WHERE f.kind = 'image' AND f.rendered_at IS NULL AND f.unused_since IS NULL
         ORDER BY f.hash
         LIMIT \(Int32(clamping: renditionsMax))
        """)
      let jobs = try rows.compactMap { row in
        try MediaFile(digits: try row.string("digits")).map { try RenderMedia.job(of: $0) }
      }
      try await Jobs.enqueue(jobs, in: transaction)
    }
  }
}

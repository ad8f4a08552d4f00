internal import Files
internal import Images
internal import Platform
internal import Postgres

/// Makes the renditions of an uploaded file. Made again, they are the same.
struct RenderMedia: JobKind {
  struct Payload: Codable, Sendable {
    /// The hash of the file, in hexadecimal digits.
    var file: String
  }

  static let name = "catalog.render-media"
  static let policy = JobPolicy { policy in
    // One thread makes renditions.
    policy.concurrency = 1
    policy.timeLimit = .seconds(600)
    policy.lease = .seconds(60)
  }

  let media: MediaSettings

  static func job(of file: MediaFile) throws(JobError) -> NewJob {
    try job(Payload(file: file.digits), key: .whileNotEnded(file.digits))
  }

  func run(_ payload: Payload, _ context: JobContext) async throws {
    guard let file = MediaFile(digits: payload.file), let original = file.original else {
      throw JobFailure.never("the payload names no file")
    }
    guard let isRendered = try await claim(file, context) else { throw JobFailure.never("the file has been removed") }
    if !isRendered { try await render(file, original) }
    try await context.work { work in
      try await work.execute(
        """
        UPDATE catalog.media_file SET rendered_at = now()
         WHERE hash = decode(\(file.digits), 'hex') AND rendered_at IS NULL
        """)
      try await context.complete(in: work)
    }
  }

  /// Keeps a file that nothing shows any more for as long as this runs.
  /// - Returns: whether it has its renditions; nil when it is not there, or being removed.
  private func claim(_ file: MediaFile, _ context: JobContext) async throws -> Bool? {
    let query: Query = """
      UPDATE catalog.media_file f
         SET unused_since = CASE WHEN f.unused_since IS NOT NULL THEN now() END
       WHERE f.hash = decode(\(file.digits), 'hex') AND f.removing_at IS NULL
      RETURNING f.rendered_at IS NOT NULL AS is_rendered
      """
    return try await context.database.rows(query, access: .write).first?.bool("is_rendered")
  }

  private func render(_ file: MediaFile, _ original: BlobKey) async throws {
    let copy = try await media.staging.file()
    // A blob that is missing here may be in the folder of another server.
    try await media.store.fetch(original, into: copy, bytesMax: file.kind.bytesMax)
    for rendition in try await renditions(of: copy) {
      guard let key = file.rendition(MediaFile.name(rendition.size, rendition.type)) else { continue }
      try await media.put(rendition.bytes, as: key, rendition.type)
    }
  }

  private func renditions(of copy: StagedFile) async throws -> [Rendition] {
    do throws(ImageError) {
      return try await copy.withPath { (path: String) async throws(ImageError) -> [Rendition] in
        try await media.renderer.renditions(of: path, MediaFile.sizes, MediaFile.types)
      }
    } catch {
      switch error {
      case .unavailable(let reason): throw JobFailure.later(reason)
      case .cancelled: throw CancellationError()
      case .notAnImage, .tooManyPixels, .damaged: throw JobFailure.never("the file cannot be decoded: \(error)")
      }
    }
  }
}

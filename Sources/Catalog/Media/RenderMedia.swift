internal import Files
internal import Images
package import Platform
internal import Postgres

/// Makes the renditions of an uploaded file. Made again, they are the same.
struct RenderMedia: JobKind {
  struct Payload: Codable, Sendable {
    /// The hash of the file, in hexadecimal digits.
    var file: String
  }

  static let name = "catalog.render-media"
  static let policy = JobPolicy { policy in
    policy.concurrency = 2
    policy.timeLimit = .seconds(600)
    policy.lease = .seconds(60)
  }

  let media: MediaSettings

  static func job(file: MediaFile) throws(JobError) -> NewJob {
    try job(Payload(file: file.digits), key: .whileNotEnded(file.digits))
  }

  func run(_ payload: Payload, _ context: JobContext) async throws {
    guard let file = MediaFile(digits: payload.file), let original = file.original else {
      throw JobFailure.never("the payload names no file")
    }
    let copy = try await media.staging.file()
    do throws(BlobError) {
      try await media.store.fetch(original, into: copy, bytesMax: MediaFile.bytesMax)
    } catch .missing {
      throw JobFailure.never("the file has been removed")
    }
    for rendition in try await renditions(of: copy) {
      guard let key = file.rendition(MediaFile.name(rendition.size, rendition.type)) else { continue }
      try await media.put(rendition.bytes, as: key, rendition.type)
    }
    try await context.work { work in
      try await work.execute(
        "UPDATE catalog.media_file SET rendered_at = now() WHERE hash = decode(\(file.digits), 'hex')")
      try await context.complete(in: work)
    }
  }

  private func renditions(of copy: StagedFile) async throws -> [Rendition] {
    do throws(ImageError) {
      return try await media.images.renditions(of: copy.path, MediaFile.sizes, MediaFile.types)
    } catch {
      switch error {
      case .unavailable(let reason): throw JobFailure.later(reason)
      case .notAnImage, .tooManyPixels, .damaged: throw JobFailure.never("the file cannot be decoded: \(error)")
      }
    }
  }
}

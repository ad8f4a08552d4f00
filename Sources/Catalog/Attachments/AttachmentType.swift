/// The type of a video or a document, recognized by content and never by name.
enum AttachmentType: String, CaseIterable, Sendable {
  case mp4, webm, pdf

  var kind: MediaFileKind { self == .pdf ? .document : .video }

  /// The type in HTTP.
  var contentType: String {
    switch self {
    case .mp4: "video/mp4"
    case .webm: "video/webm"
    case .pdf: "application/pdf"
    }
  }

  /// The last part of the paths of such files.
  var name: String { "\(kind.rawValue).\(rawValue)" }

  /// The type whose files have paths with that name.
  init?(name: String) {
    guard let type = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = type
  }

  /// The type of a file of that kind.
  /// - Throws: ``MediaError/notAVideo``, ``MediaError/notADocument`` or ``MediaError/damaged``.
  init(of content: FileContent, as kind: MediaFileKind) async throws {
    for type in Self.allCases where type.kind == kind {
      switch try await type.look(at: content) {
      case .whole:
        self = type
        return
      case .damaged: throw MediaError.damaged
      case .other: continue
      }
    }
    throw kind == .video ? MediaError.notAVideo : .notADocument
  }

  private func look(at content: FileContent) async throws -> FileContent.Finding {
    switch self {
    case .mp4: try await MP4Boxes.look(at: content)
    case .webm: try await WebMElements.look(at: content)
    case .pdf: try await PDFFrame.look(at: content)
    }
  }
}

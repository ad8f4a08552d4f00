import Testing

@testable import Catalog

@Suite struct AttachmentTypeTests {
  private static func finding(_ bytes: [UInt8], as kind: MediaFileKind) async throws -> String {
    let content = FileContent(size: bytes.count) { offset, count in Array(bytes[offset..<offset + count]) }
    do {
      return try await AttachmentType(of: content, as: kind).rawValue
    } catch let error as MediaError {
      return "\(error)"
    }
  }

  private static let webm = SampleFiles.webm()
  private static let longBox: [UInt8] = [0, 0, 0, 1] + Array("mdat".utf8) + [0, 0, 0, 0, 0, 0, 0, 20, 1, 2, 3, 4]
  private static let endlessBox: [UInt8] =
    [0, 0, 0, 1] + Array("mdat".utf8) + Array(repeating: 255, count: 8)
  private static let head = SampleFiles.box("ftyp", Array("mp42".utf8) + [0, 0, 0, 0]) + SampleFiles.box("moov")

  @Test(
    "a type is told by content",
    arguments: [
      ("an MP4", SampleFiles.mp4(), MediaFileKind.video, "mp4"),
      ("an MP4 with a box of 64 bits", head + longBox, .video, "mp4"),
      ("an MP4 whose last box has no size", head + [0, 0, 0, 0] + Array("mdat".utf8) + [1, 2], .video, "mp4"),
      ("a HEIC", SampleFiles.mp4(brand: "heic"), .video, "notAVideo"),
      ("an MP4 without data", head, .video, "damaged"),
      ("an MP4 with bytes behind it", SampleFiles.mp4() + [1], .video, "damaged"),
      ("a box of 64 bits that is too long", head + longBox.dropLast(), .video, "damaged"),
      ("a box that is shorter than its head", head + [0, 0, 0, 4] + Array("mdat".utf8), .video, "damaged"),
      ("a box of 2^64 - 1 bytes", head + endlessBox, .video, "damaged"),
      ("a WebM", webm, .video, "webm"), ("a WebM of a browser", SampleFiles.recorded, .video, "webm"),
      ("a Matroska", SampleFiles.webm(type: "matroska"), .video, "notAVideo"),
      ("a WebM with bytes behind it", webm + [0], .video, "damaged"),
      ("an EBML header that is too long", [0x1A, 0x45, 0xDF, 0xA3, 0x10, 0xFF, 0xFF, 0xFF] + webm, .video, "damaged"),
      ("a PDF", SampleFiles.pdf(), .document, "pdf"), ("a PDF as a video", SampleFiles.pdf(), .video, "notAVideo"),
      ("an MP4 as a document", SampleFiles.mp4(), .document, "notADocument"),
      ("a page", Array("<html>%PDF-1.7".utf8), .document, "notADocument"),
      ("a PDF that refers behind its end", Array("%PDF-1.7\nstartxref\n999\n%%EOF".utf8), .document, "damaged"),
      ("nothing", [], .video, "notAVideo"), ("nothing", [], .document, "notADocument"),
    ] as [(String, [UInt8], MediaFileKind, String)])
  func types(what: String, bytes: [UInt8], kind: MediaFileKind, expected: String) async throws {
    #expect(try await Self.finding(bytes, as: kind) == expected, "\(what)")
  }

  @Test(
    "a file that is cut at any byte is refused",
    arguments: [
      (SampleFiles.mp4(), MediaFileKind.video), (SampleFiles.webm(), .video), (SampleFiles.pdf(), .document),
    ] as [([UInt8], MediaFileKind)])
  func cut(bytes: [UInt8], kind: MediaFileKind) async throws {
    for count in 0..<bytes.count {
      let found = try await Self.finding(Array(bytes.prefix(count)), as: kind)
      #expect(["notAVideo", "notADocument", "damaged"].contains(found), "\(count) of \(bytes.count) bytes: \(found)")
    }
  }

  @Test("whatever the bytes are, a look at them ends")
  func anyBytes() async throws {
    for sample in [SampleFiles.mp4(), SampleFiles.webm(), SampleFiles.recorded, SampleFiles.pdf()] {
      for index in sample.indices {
        for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
          var bytes = sample
          bytes[index] = value
          for kind in [MediaFileKind.video, .document] { _ = try await Self.finding(bytes, as: kind) }
        }
      }
    }
  }
}

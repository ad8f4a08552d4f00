import Foundation
import Sealing
import Testing

@testable import Files

@Suite struct FolderStoreTests {
  private let key = BlobKey("renditions/ab12/large.jpg") ?? nil

  @Test(
    "a key is a path below the folder, and nothing else",
    arguments: [
      ("a", true), ("originals/0f/0f12.png", true), ("a-b_c.d/e", true), (String(repeating: "a", count: 200), true),
      ("", false), ("/a", false), ("a/", false), ("a//b", false), ("../a", false), ("a/../b", false),
      (".hidden", false),
      ("A", false), ("a b", false), ("a%2f", false), ("ä", false), ("a\0", false),
      (String(repeating: "a", count: 201), false),
    ])
  func keys(text: String, isKey: Bool) {
    #expect((BlobKey(text) != nil) == isKey)
  }

  @Test("a blob is read in parts as it was written", arguments: [0, 1, 999, 1_000, 1_001, 300_000])
  func roundTrip(count: Int) async throws {
    let folder = TestFolder()
    let key = try #require(self.key)
    let staging = try StagingFolder(path: folder.staging)
    let store = try FolderStore(folder: folder.blobs, staging: staging)
    let bytes = sampleBytes(count)
    let file = try await staging.file(of: bytes)
    #expect(file.sha256() == Digest.sha256(bytes))
    try await store.put(file, as: key, contentType: "image/jpeg")
    #expect(try await store.whole(key) == bytes)
    #expect(try await file.read(from: count / 2, count: 10) == Array(bytes[(count / 2)...].prefix(10)))
    await staging.close()
  }

  @Test("parts end with the blob")
  func ranges() async throws {
    let folder = TestFolder()
    let key = try #require(self.key)
    let staging = try StagingFolder(path: folder.staging)
    let store = try FolderStore(folder: folder.blobs, staging: staging)
    try await store.put(try await staging.file(of: sampleBytes(10)), as: key, contentType: "image/jpeg")
    for (offset, count, expected) in [(0, 4, 4), (8, 4, 2), (10, 4, 0), (11, 4, 0), (0, 0, 0), (.max, 4, 0)] {
      let part = try #require(try await store.read(key, from: offset, count: count))
      #expect(part.bytes == Array(sampleBytes(10).dropFirst(offset).prefix(expected)), "from \(offset)")
      #expect(part.blobBytes == 10)
    }
    await staging.close()
  }

  @Test("a blob is replaced as a whole, and gone when it is deleted")
  func replaceAndDelete() async throws {
    let folder = TestFolder()
    let key = try #require(self.key)
    let staging = try StagingFolder(path: folder.staging)
    let store = try FolderStore(folder: folder.blobs, staging: staging)
    let other = try #require(BlobKey("renditions/ab12/small.jpg"))
    #expect(try await store.whole(key) == nil)
    try await store.delete(key)
    let first = try await staging.file(of: sampleBytes(5_000))
    try await store.put(first, as: key, contentType: "image/jpeg")
    try await store.put(first, as: key, contentType: "image/jpeg")
    try await store.put(first, as: other, contentType: "image/jpeg")
    try await store.put(try await staging.file(of: [7]), as: key, contentType: "image/jpeg")
    #expect(try await store.whole(key) == [7])
    #expect(try await store.whole(other) == sampleBytes(5_000))
    try await store.delete(key)
    #expect(try await store.whole(key) == nil)
    #expect(try await store.whole(other) == sampleBytes(5_000))
    try await store.delete(other)
    #expect(!FileManager.default.fileExists(atPath: folder.blobs + "/renditions/ab12"), "the folder goes with it")
    try await store.put(first, as: key, contentType: "image/jpeg")
    #expect(try await store.whole(key) == sampleBytes(5_000))
    await staging.close()
  }

  @Test("a blob is copied into a file, unless it is too large or not there")
  func fetch() async throws {
    let folder = TestFolder()
    let key = try #require(self.key)
    let staging = try StagingFolder(path: folder.staging)
    let store = try FolderStore(folder: folder.blobs, staging: staging)
    let bytes = sampleBytes(BlobPiece.bytes + 1)
    try await store.put(try await staging.file(of: bytes), as: key, contentType: "image/jpeg")
    let copy = try await staging.file()
    try await store.fetch(key, into: copy, bytesMax: bytes.count)
    #expect(copy.sha256() == Digest.sha256(bytes))
    let tooSmall = try await staging.file()
    await #expect(throws: BlobError.tooLarge(limit: bytes.count - 1)) {
      try await store.fetch(key, into: tooSmall, bytesMax: bytes.count - 1)
    }
    let other = try #require(BlobKey("nowhere"))
    await #expect(throws: BlobError.missing) { try await store.fetch(other, into: tooSmall, bytesMax: 1) }
    await staging.close()
  }

  @Test("a file that is not put leaves nothing, and one that is put leaves the blob alone")
  func nothingIsLeft() async throws {
    let folder = TestFolder()
    let key = try #require(self.key)
    let staging = try StagingFolder(path: folder.staging)
    let store = try FolderStore(folder: folder.blobs, staging: staging)
    var given: StagedFile? = try await staging.file(of: sampleBytes(100_000))
    #expect(folder.files().count == 1)
    given = nil
    given = try await staging.file(of: [1])
    try await store.put(try #require(given), as: key, contentType: "image/jpeg")
    given = nil
    await staging.close()
    #expect(folder.files() == ["blobs/\(key)"])
  }

  @Test("what a process left that died is removed, and what another one writes is not")
  func abandonedFiles() async throws {
    let folder = TestFolder()
    let key = try #require(self.key)
    let staging = try StagingFolder(path: folder.staging)
    let living = try await staging.file(of: [1, 2])
    #expect(FileManager.default.createFile(atPath: folder.staging + "/abandoned", contents: Data([1])))
    let second = try StagingFolder(path: folder.staging)
    #expect(folder.files().count == 1)
    let store = try FolderStore(folder: folder.blobs, staging: second)
    try await store.put(living, as: key, contentType: "image/jpeg")
    #expect(try await store.whole(key) == [1, 2])
    await staging.close()
    await second.close()
  }

  @Test("a disk that refuses is said to be unavailable, and nothing is left")
  func refusals() async throws {
    let folder = TestFolder()
    let key = try #require(self.key)
    let staging = try StagingFolder(path: folder.staging)
    let store = try FolderStore(folder: folder.blobs, staging: staging)
    let isFile = FileManager.default.createFile(atPath: folder.blobs + "/renditions", contents: Data())
    #expect(isFile)
    let error = await #expect(throws: BlobError.self) {
      try await store.put(try await staging.file(of: [1]), as: key, contentType: "image/jpeg")
    }
    if case .unavailable = error {} else { Issue.record("\(error as Any)") }
    #expect(try await store.whole(key) == nil)
    let above = try #require(BlobKey("folder"))
    try FileManager.default.createDirectory(atPath: folder.blobs + "/folder", withIntermediateDirectories: true)
    try await store.delete(above)
    #expect(try await store.whole(above) == nil, "a folder is no blob")
    #expect(throws: BlobError.self) { try StagingFolder(path: folder.blobs + "/renditions/below") }
    await staging.close()
    #expect(folder.files() == ["blobs/renditions"])
  }
}

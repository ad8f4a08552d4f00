import Foundation

@testable import Files

/// A folder on the disk, which is removed with this, and the files in it.
struct TestFolder: ~Copyable {
  let path = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)").path

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var staging: String { path + "/staging" }
  var blobs: String { path + "/blobs" }

  /// The names of all files below.
  func files() -> [String] {
    let found = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    return found.filter { name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }
}

/// So many bytes that do not repeat soon.
func sampleBytes(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 11) }
}

extension StagingFolder {
  /// A file with these bytes, written in two pieces.
  func file(of bytes: [UInt8]) async throws -> StagedFile {
    let file = try await file()
    try await file.append(Array(bytes.prefix(bytes.count / 3)))
    try await file.append(Array(bytes.dropFirst(bytes.count / 3)))
    return file
  }
}

extension BlobStore {
  /// The whole blob, read in parts; nil when there is none.
  func whole(_ key: BlobKey, partBytes: Int = 1_000) async throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while let part = try await read(key, from: bytes.count, count: partBytes) {
      bytes += part.bytes
      if bytes.count >= part.blobBytes { return bytes }
    }
    return nil
  }
}

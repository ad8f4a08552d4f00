import EventLoop
import Foundation
import HTTPClient
import Sealing
import Testing

@testable import Files

@Suite("blobs in an object store", .serialized) struct S3StoreTests {
  private static let key = BlobKey("originals/ab/ab12.jpg") ?? nil

  @Test("are put, read in parts, replaced and deleted as in a folder")
  func roundTrip() async throws {
    let folder = TestFolder()
    let key = try #require(Self.key)
    let staging = try StagingFolder(path: folder.staging)
    try await ObjectStores.run { stores async throws in
      let store = stores.moto
      #expect(try await store.whole(key) == nil)
      for count in [3 * BlobPiece.bytes + 1, 1, 1_000] {
        let bytes = sampleBytes(count)
        try await store.put(try await staging.file(of: bytes), as: key, contentType: "image/jpeg")
        #expect(try await store.whole(key, partBytes: 200_000) == bytes, "\(count) bytes")
      }
      #expect(try await store.read(key, from: 998, count: 10)?.bytes == Array(sampleBytes(1_000).suffix(2)))
      let behind = try #require(try await store.read(key, from: 5_000, count: 10))
      #expect(behind.bytes.isEmpty)
      let copy = try await staging.file()
      try await store.fetch(key, into: copy, bytesMax: 1_000)
      #expect(copy.sha256() == Digest.sha256(sampleBytes(1_000)))
      try await store.delete(key)
      try await store.delete(key)
      #expect(try await store.whole(key) == nil)
    }
    await staging.close()
  }

  @Test("may be put by whoever has a URL that was signed for it")
  func presigned() async throws {
    try await ObjectStores.run { stores async throws in
      let key = try #require(Self.key)
      let url = try #require(stores.moto.uploadURL(key, bytes: 3, seconds: 600, now: Date()))
      #expect(try await stores.put([1, 2, 3], to: url) == 200)
      #expect(try await stores.moto.whole(key) == [1, 2, 3])
    }
  }

  @Test("are listed below a folder, in the order of their names")
  func uploads() async throws {
    let folder = TestFolder()
    let staging = try StagingFolder(path: folder.staging)
    try await ObjectStores.run { stores async throws in
      let (store, uploads) = (stores.moto, try #require(BlobKey("uploads")))
      #expect(try await store.uploads(uploads, count: 10).isEmpty)
      for name in ["uploads/b", "uploads/a", "other/c"] {
        let key = try #require(BlobKey(name))
        try await store.put(try await staging.file(of: [1]), as: key, contentType: "image/jpeg")
      }
      #expect(try await store.uploads(uploads, count: 10).map(\.text) == ["uploads/a", "uploads/b"])
      #expect(try await store.uploads(uploads, count: 1).map(\.text) == ["uploads/a"])
    }
    await staging.close()
  }

  @Test("are not taken for missing where the bucket is not there")
  func noBucket() async throws {
    try await ObjectStores.run { stores async throws in
      let (store, key) = (stores.misbehaving("no_bucket"), try #require(Self.key))
      let error = await #expect(throws: BlobError.self) { _ = try await store.read(key, from: 0, count: 10) }
      if case .refused = error {} else { Issue.record("\(error as Any)") }
    }
  }

  @Test(
    "fail as the store does",
    arguments: [
      ("cut", true), ("busy", true), ("short", true), ("shifted", true), ("empty", true), ("forbidden", false),
      ("skewed", true), ("late", true),
    ])
  func failures(how: String, isTransient: Bool) async throws {
    let folder = TestFolder()
    let staging = try StagingFolder(path: folder.staging)
    try await ObjectStores.run { stores async throws in
      let (store, key) = (stores.misbehaving(how), try #require(Self.key))
      let file = try await staging.file(of: sampleBytes(4 * BlobPiece.bytes))
      let error = await #expect(throws: BlobError.self) {
        switch how {
        case "short", "shifted": _ = try await store.read(key, from: 0, count: 100)
        case "empty": try await store.fetch(key, into: try await staging.file(), bytesMax: 1_000)
        default: try await store.put(file, as: key, contentType: "image/jpeg")
        }
      }
      switch error {
      case .unavailable: #expect(isTransient)
      case .refused: #expect(!isTransient)
      default: Issue.record("\(error as Any)")
      }
    }
    await staging.close()
  }

  @Test("are read in parts from a store that knows no ranges")
  func withoutRanges() async throws {
    try await ObjectStores.run { stores async throws in
      let (store, key) = (stores.misbehaving("whole"), try #require(Self.key))
      let part = try #require(try await store.read(key, from: 200, count: 20))
      #expect(part == BlobPart(bytes: Array(200..<220), blobBytes: 256))
      let behind = try #require(try await store.read(key, from: 300, count: 20))
      #expect(behind == BlobPart(bytes: [], blobBytes: 256))
    }
  }

  @Test("are sent piece by piece to a store that takes them slowly")
  func slowly() async throws {
    let folder = TestFolder()
    let staging = try StagingFolder(path: folder.staging)
    try await ObjectStores.run { stores async throws in
      let file = try await staging.file(of: sampleBytes(20 * BlobPiece.bytes + 5))
      try await stores.misbehaving("slow").put(file, as: try #require(Self.key), contentType: "image/jpeg")
    }
    await staging.close()
  }

  /// Source: the examples of AWS's documentation of signature version 4 for S3.
  @Test("are asked for with the signatures of the specification's examples")
  func signatures() {
    let signature = SignatureV4(
      region: "us-east-1", keyID: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    let (host, time) = ("examplebucket.s3.amazonaws.com", Date(timeIntervalSince1970: 1_369_353_600))
    let headers = signature.headers(
      "GET", host: host, path: "/test.txt", more: [("range", "bytes=0-9")], payload: SignatureV4.hash([]), at: time)
    let inHeader = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    #expect(headers.last?.1.hasSuffix("Signature=\(inHeader)") == true)
    let query = signature.query("GET", host: host, path: "/test.txt", seconds: 86_400, at: time)
    let inQuery = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    #expect(query.hasSuffix("&X-Amz-Signature=\(inQuery)"))
    // What must be sent with a URL is named in it, in the order of the names.
    let sized = signature.query(
      "PUT", host: host, path: "/test.txt", more: [("content-length", "3")], seconds: 60, at: time)
    #expect(sized.contains("&X-Amz-SignedHeaders=content-length%3Bhost&"))
    let other = signature.query(
      "PUT", host: host, path: "/test.txt", more: [("content-length", "4")], seconds: 60, at: time)
    #expect(sized.suffix(64) != other.suffix(64))
    #expect(SignatureV4.line([("a", "/"), ("a-b", "1"), ("B", "é")]) == "B=%C3%A9&a=%2F&a-b=1")
  }

  @Test("are asked for with the session token of a temporary key, which is signed")
  func sessionToken() {
    let signature = SignatureV4(region: "us-east-1", keyID: "key", secret: "secret", sessionToken: "a/token")
    let (host, time) = ("store.example", Date(timeIntervalSince1970: 1_369_353_600))
    let headers = signature.headers("GET", host: host, path: "/a", payload: SignatureV4.hash([]), at: time)
    #expect(headers.contains { $0 == ("x-amz-security-token", "a/token") })
    #expect(headers.last?.1.contains("x-amz-date;x-amz-security-token,") == true)
    let query = signature.query("GET", host: host, path: "/a", seconds: 60, at: time)
    #expect(query.contains("&X-Amz-Security-Token=a%2Ftoken&"))
  }
}

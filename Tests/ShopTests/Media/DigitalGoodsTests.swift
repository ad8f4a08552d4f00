import CatalogAPI
import Eventually
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import Testing

@testable import Catalog

extension TestNode {
  private var goods: DigitalGoodsClient { DigitalGoodsClient(channel) }

  fileprivate func begin(
    _ bytes: some Sequence<UInt8>, to variant: String, named name: String, instead file: String = ""
  ) async throws -> ClientStreamingCall<UploadDigitalFileRequest, UploadDigitalFileResponse> {
    let call = try await goods.uploadDigitalFile()
    try await call.send(
      request(UploadDigitalFileRequest.self) {
        $0.variantID = $0.text(variant)
        $0.fileName = $0.text(name)
        $0.fileID = $0.text(file)
        $0.requestID = $0.text(TestID.next())
        $0.chunk = Bytes(bytes, in: $0.storage.arena)
      })
    return call
  }

  /// Uploads a file that is sold with a variant.
  func uploadDigitalFile(
    _ bytes: [UInt8], to variant: String, named name: String, instead file: String = ""
  ) async throws -> DigitalFile {
    try #require(try await begin(bytes, to: variant, named: name, instead: file).finish().file)
  }

  func delete(digitalFile id: String) async throws {
    _ = try await goods.deleteDigitalFile(
      request(DeleteDigitalFileRequest.self) {
        $0.fileID = $0.text(id)
        $0.requestID = $0.text(TestID.next())
      })
  }

  fileprivate func digitalFiles(of variant: String) async throws -> ListDigitalFilesResponse {
    try await goods.listDigitalFiles(request(ListDigitalFilesRequest.self) { $0.variantID = $0.text(variant) })
  }

  fileprivate func add(licenceKeys keys: [String], to variant: String) async throws -> Int64 {
    try await goods.addLicenceKeys(
      request(AddLicenceKeysRequest.self) {
        $0.variantID = $0.text(variant)
        $0.requestID = $0.text(TestID.next())
        for key in keys { $0.licenceKeys.append($0.text(key)) }
      }
    ).licenceKeyCount
  }
}

extension ShopTests {
  @Suite struct DigitalGoodsTests {
    @Test("a file is added, replaced under its id, and removed; the variant says whether it is digital")
    func files() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let before = try await nodes[0].product()
        let variant = before.variants[0].id.string
        let first = try await nodes[0].uploadDigitalFile([1, 2, 3], to: variant, named: "song.flac")
        #expect(first.sizeBytes == 3 && first.fileName.string == "song.flac" && first.variantID.string == variant)
        let after = try await nodes[0].product()
        #expect(after.etag != before.etag)
        #expect(after.variants.map(\.isDigital) == [true] + before.variants.dropFirst().map { _ in false })
        let second = try await nodes[0].uploadDigitalFile(
          [4, 5, 6, 7], to: variant, named: "song, mended.flac", instead: first.id.string)
        #expect(second.id == first.id && second.sizeBytes == 4)
        let (made, replaced) = (try #require(first.createTime), try #require(second.createTime))
        #expect(made.seconds == replaced.seconds && made.nanos == replaced.nanos)
        let files = try await nodes[0].digitalFiles(of: variant).files
        #expect(files.map(\.fileName.string) == ["song, mended.flac"])
        let other = await failure {
          _ = try await nodes[0].uploadDigitalFile([1], to: variant, named: "x", instead: TestID.next())
        }
        #expect(other?.code == .notFound)
        try await nodes[0].delete(digitalFile: first.id.string)
        #expect(try await nodes[0].digitalFiles(of: variant).files.isEmpty)
        #expect(try await nodes[0].product().variants.allSatisfy { !$0.isDigital })
      }
    }

    @Test("no address leads to a digital file, and nothing is left of an upload that is cut")
    func privacy() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        for count in [0, 1, 100] {
          let call = try await nodes[0].begin(Array(repeating: 7, count: count), to: variant, named: "song.flac")
          try await eventually { !nodes[0].media.files().isEmpty }
          call.cancel()
          try await eventually { nodes[0].media.files().isEmpty }
        }
        #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.media_file" } == 0)
        let empty = await failure { _ = try await nodes[0].uploadDigitalFile([], to: variant, named: "song.flac") }
        #expect(empty?.reason == "MEDIA_EMPTY")
        _ = try await nodes[0].uploadDigitalFile(SampleFiles.mp4(), to: variant, named: "film.mp4")
        try await eventually { nodes[0].media.files().count == 1 }
        #expect(nodes[0].media.files().allSatisfy { $0.hasPrefix("blobs/digital/") })
      }
    }

    @Test("a variant has fifty files")
    func filesMax() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        for number in 0..<50 {
          _ = try await nodes[0].uploadDigitalFile([1], to: variant, named: "\(number).txt")
        }
        let error = await failure { _ = try await nodes[0].uploadDigitalFile([1], to: variant, named: "more.txt") }
        #expect(error?.code == .failedPrecondition && error?.reason == "MEDIA_TOO_MANY")
        #expect(try await nodes[0].digitalFiles(of: variant).files.count == 50)
      }
    }

    @Test("licence keys are added all or none, none twice, and are sealed")
    func licenceKeys() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product()
        let (variant, other) = (product.variants[0].id.string, try await nodes[0].product(1).variants[0].id.string)
        #expect(try await nodes[0].add(licenceKeys: ["AAAA-1", "AAAA-2"], to: variant) == 2)
        #expect(try await nodes[0].product().variants[0].isDigital)
        let error = await failure { _ = try await nodes[0].add(licenceKeys: ["AAAA-3", "AAAA-1"], to: variant) }
        #expect(error?.code == .alreadyExists && error?.reason == "LICENCE_KEY_EXISTS")
        #expect(error?.metadata["index"] == "1")
        #expect(try await nodes[0].digitalFiles(of: variant).licenceKeyCount == 2)
        #expect(try await nodes[0].add(licenceKeys: ["AAAA-1"], to: other) == 1)
        let readable = try await shop.number {
          "SELECT count(*) AS n FROM catalog.licence_key WHERE position('AAAA'::bytea IN sealed) > 0"
        }
        #expect(readable == 0)
      }
    }
  }
}

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
    _ bytes: some Sequence<UInt8>, to variant: String, named name: String, instead file: String = "",
    requestID: String = TestID.next()
  ) async throws -> ClientStreamingCall<UploadDigitalFileRequest, UploadDigitalFileResponse> {
    let call = try await goods.uploadDigitalFile()
    try await call.send(
      request(UploadDigitalFileRequest.self) {
        $0.variantID = $0.text(variant)
        $0.fileName = $0.text(name)
        $0.fileID = $0.text(file)
        $0.requestID = $0.text(requestID)
        $0.chunk = Bytes(bytes, in: $0.storage.arena)
      })
    return call
  }

  /// Uploads a file that is sold with a variant.
  func uploadDigitalFile(
    _ bytes: [UInt8], to variant: String, named name: String, instead file: String = "",
    requestID: String = TestID.next()
  ) async throws -> DigitalFile {
    let call = try await begin(bytes, to: variant, named: name, instead: file, requestID: requestID)
    return try #require(try await call.finish().file)
  }

  func delete(digitalFile id: String) async throws {
    _ = try await goods.deleteDigitalFile(
      request(DeleteDigitalFileRequest.self) {
        $0.fileID = $0.text(id)
        $0.requestID = $0.text(TestID.next())
      })
  }

  func digitalFiles(of variant: String) async throws -> ListDigitalFilesResponse {
    try await goods.listDigitalFiles(request(ListDigitalFilesRequest.self) { $0.variantID = $0.text(variant) })
  }

  func add(licenceKeys keys: [String], to variant: String) async throws -> Int64 {
    try await goods.addLicenceKeys(
      request(AddLicenceKeysRequest.self) {
        $0.variantID = $0.text(variant)
        $0.requestID = $0.text(TestID.next())
        for key in keys { $0.licenceKeys.append($0.text(key)) }
      }
    ).licenceKeyCount
  }

  /// Takes licence keys back: how many were, how many were not, and how many are left.
  fileprivate func withdraw(licenceKeys keys: [String], from variant: String) async throws -> [Int64] {
    let response = try await goods.withdrawLicenceKeys(
      request(WithdrawLicenceKeysRequest.self) {
        $0.variantID = $0.text(variant)
        $0.requestID = $0.text(TestID.next())
        for key in keys { $0.licenceKeys.append($0.text(key)) }
      })
    return [Int64(response.withdrawnCount), Int64(response.givenCount), response.licenceKeyCount]
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

    @Test("files are locked in the order of their hashes, whichever rows use them", arguments: ["delete", "replace"])
    func lockOrder(change: String) async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, made) = (nodes[0], try await nodes[0].createCompleteProduct())
        let (id, variant) = (made.id.string, made.variants[0].id.string)
        try await shop.useFiles(product: id, variant: variant, isImageHigher: change == "delete")
        let waiting = try await shop.whileLocked {
          "SELECT FROM catalog.media_file WHERE hash = decode(repeat('00', 32), 'hex')"
        } free: {
          "SELECT FROM catalog.media_file WHERE hash = decode(repeat('ff', 32), 'hex')"
        } _: {
          if change == "delete" { return try await node.deleteProduct(id) }
          try await shop.replaceByLowerFile(of: variant)
        }
        try await waiting.value
      }
    }

    @Test("the same upload gets the first response, also when its file, its variant or its product is gone")
    func repetition() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let (node, made) = (nodes[0], try await nodes[0].createCompleteProduct())
        let (product, variant, name) = (made.id.string, made.variants[0].id.string, "song.flac")
        let ids = (0..<3).map { _ in TestID.next() }
        let image = try await node.media.image()
        let first = try await node.uploadDigitalFile([1], to: variant, named: name, requestID: ids[0])
        let file = first.id.string
        let second = try await node.uploadDigitalFile([2], to: variant, named: name, instead: file, requestID: ids[1])
        let shown = try #require(try await node.upload(image, to: product, requestID: ids[2]).image).id
        for step in ["the file", "the variant", "the product"] {
          switch step {
          case "the file": try await node.delete(digitalFile: file)
          case "the variant": _ = try await node.deleteVariant(variant)
          default: try await node.deleteProduct(product)
          }
          let again = try await node.uploadDigitalFile([1], to: variant, named: name, requestID: ids[0])
          #expect(again.id == first.id && again.sizeBytes == 1, "\(step)")
          let replaced = try await node.uploadDigitalFile(
            [2], to: variant, named: name, instead: file, requestID: ids[1])
          #expect(try replaced.encoded() == second.encoded(), "\(step)")
          #expect(try await node.upload(image, to: product, requestID: ids[2]).image?.id == shown, "\(step)")
        }
        let others = [
          await failure {
            _ = try await node.uploadDigitalFile([3], to: variant, named: name, requestID: ids[0])
          }?.reason,
          await failure { _ = try await node.uploadDigitalFile([1], to: variant, named: name) }?.reason,
          await failure { _ = try await node.upload(image, to: product) }?.reason,
        ]
        #expect(others == ["REQUEST_ID_REUSED", "RESOURCE_NOT_FOUND", "RESOURCE_NOT_FOUND"])
      }
    }

    @Test("what is added to a variant that is deleted at the same moment is refused, because there is no such variant")
    func deletionMeanwhile() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let node = nodes[0]
        let changes: [@Sendable (String) async throws -> Void] = [
          { _ = try await node.add(licenceKeys: ["AAAA-1"], to: $0) },
          { _ = try await node.uploadDigitalFile([1], to: $0, named: "song.flac") },
        ]
        for change in changes {
          let made = try await node.createCompleteProduct()
          let (id, variant) = (made.id.string, made.variants[0].id.string)
          let waiting = try await shop.run { database in
            try await database.transaction { transaction -> Task<String?, Never> in
              try await transaction.execute("UPDATE catalog.product SET version = version + 1 WHERE id = \(id)::uuid")
              let waiting = Task { await failure { try await change(variant) }?.reason }
              try await shop.untilOneWaits()
              _ = try await transaction.rows(
                "SELECT inventory.drop_stock(ARRAY[\(variant)::uuid])", access: .write)
              try await transaction.execute("DELETE FROM catalog.variant WHERE id = \(variant)::uuid")
              return waiting
            }
          }
          #expect(await waiting.value == "RESOURCE_NOT_FOUND")
        }
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

    @Test("licence keys that no shopper has are withdrawn, as often as they are asked for, and can be added again")
    func withdrawal() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, variant) = (nodes[0], try await nodes[0].product().variants[0].id.string)
        let other = try await node.product(1).variants[0].id.string
        #expect(try await node.add(licenceKeys: ["AAAA-1"], to: variant) == 1)
        try await Self.giveAll(shop)
        #expect(try await node.add(licenceKeys: ["AAAA-2", "AAAA-3"], to: variant) == 2)
        #expect(try await node.add(licenceKeys: ["AAAA-2"], to: other) == 1)
        let etag = try await node.product().etag.string
        let leaked = ["AAAA-1", "AAAA-2", "AAAA-9"]
        #expect(try await node.withdraw(licenceKeys: leaked, from: variant) == [1, 1, 1])
        let after = try await node.product()
        #expect(after.etag.string != etag && after.variants[0].isDigital)
        #expect(try await node.withdraw(licenceKeys: leaked, from: variant) == [0, 1, 1])
        #expect(try await node.product().etag == after.etag, "nothing has changed")
        #expect(try await node.digitalFiles(of: other).licenceKeyCount == 1, "another variant keeps its own")
        let given = await failure { _ = try await node.add(licenceKeys: ["AAAA-1"], to: variant) }
        #expect(given?.reason == "LICENCE_KEY_EXISTS")
        #expect(try await node.add(licenceKeys: ["AAAA-2"], to: variant) == 2)
        #expect(try await node.withdraw(licenceKeys: ["AAAA-2"], from: other) == [1, 0, 0])
        #expect(try await !node.product(1).variants[0].isDigital)
        let audited = try await shop.number {
          "SELECT count(*) AS n FROM audit.entry a WHERE a.action = 'catalog.licence_key.withdraw'"
        }
        #expect(audited == 2)
      }
    }

    @Test("a key that is being given to a shopper is waited for, and stays with the shopper", arguments: [true, false])
    func withdrawalBesideSale(_ isSold: Bool) async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, variant) = (nodes[0], try await nodes[0].product().variants[0].id.string)
        _ = try await node.add(licenceKeys: ["AAAA-1", "AAAA-2"], to: variant)
        let keys = ["AAAA-1", "AAAA-2"]
        let withdrawal: Task<[Int64], any Error> = try await shop.run { database in
          try await database.transaction { transaction in
            // As an order takes a key.
            let taken = try await transaction.rows(
              """
              SELECT k.id FROM catalog.licence_key k
               WHERE k.variant_id = \(variant)::uuid AND k.given_at IS NULL
               ORDER BY k.id
               LIMIT 1 FOR UPDATE SKIP LOCKED
              """, access: .write)
            let key = try #require(taken.first).string("id")
            let withdrawal = Task { try await node.withdraw(licenceKeys: keys, from: variant) }
            // Until it waits for that key.
            var waiters: Int64 = 0
            while waiters == 0 {
              waiters =
                try await transaction.rows(
                  "SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'", access: .write
                ).first?.int64("n") ?? 0
            }
            if isSold {
              try await transaction.execute(
                "UPDATE catalog.licence_key SET given_at = now() WHERE id = \(key)::uuid")
            }
            return withdrawal
          }
        }
        #expect(try await withdrawal.value == (isSold ? [1, 1, 0] : [2, 0, 0]))
      }
    }

    /// Shoppers have all keys that there are.
    private static func giveAll(_ shop: TestShop) async throws {
      _ = try await shop.run { try await $0.execute("UPDATE catalog.licence_key SET given_at = now()") }
    }
  }
}

extension TestShop {
  /// Two files, of the lowest hash and of the highest one: the variant has the lower one and the image of the product
  /// the higher one, or the variant has the higher one.
  fileprivate func useFiles(product: String, variant: String, isImageHigher: Bool) async throws {
    _ = try await run { database in
      try await database.execute(
        """
        INSERT INTO catalog.media_file (hash, kind, content_type, size_bytes, width, height)
        SELECT decode(repeat(n.digits, 32), 'hex'), n.kind,
               CASE n.kind WHEN 'image' THEN 'image/jpeg' ELSE 'application/octet-stream' END, 1,
               CASE n.kind WHEN 'image' THEN 1 END, CASE n.kind WHEN 'image' THEN 1 END
          FROM (VALUES ('00', 'digital_file'),
                       ('ff', CASE WHEN \(isImageHigher)::boolean THEN 'image' ELSE 'digital_file' END))
               n (digits, kind)
        """)
      try await database.execute(
        """
        INSERT INTO catalog.digital_file (variant_id, seller_id, file_name, file_hash)
        SELECT v.id, v.seller_id, 'song.flac',
               decode(repeat(CASE WHEN \(isImageHigher)::boolean THEN '00' ELSE 'ff' END, 32), 'hex')
          FROM catalog.variant v
         WHERE v.id = \(variant)::uuid
        """)
      if isImageHigher {
        try await database.execute(
          """
          UPDATE catalog.image SET file_hash = decode(repeat('ff', 32), 'hex') WHERE product_id = \(product)::uuid
          """)
      }
      return true
    }
  }

  fileprivate func replaceByLowerFile(of variant: String) async throws {
    _ = try await run { database in
      try await database.execute(
        """
        UPDATE catalog.digital_file SET file_hash = decode(repeat('00', 32), 'hex')
         WHERE variant_id = \(variant)::uuid
        """)
    }
  }
}

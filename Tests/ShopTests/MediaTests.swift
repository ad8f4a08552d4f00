import CatalogAPI
import Eventually
import Images
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import Testing

@testable import Catalog

extension TestNode {
  private var client: MediaClient { MediaClient(channel) }

  /// The first message of an upload.
  fileprivate func firstMessage(
    _ product: String, _ chunk: some Sequence<UInt8>, alt: String, requestID: String
  ) -> UploadMediaRequest {
    request(UploadMediaRequest.self) {
      $0.productID = $0.text(product)
      $0.alt = $0.text(alt)
      $0.requestID = $0.text(requestID)
      $0.chunk = Bytes(chunk, in: $0.storage.arena)
    }
  }

  /// Uploads an image in messages of so many bytes.
  func upload(
    _ bytes: [UInt8], to product: String, alt: String = "", requestID: String = TestID.next(),
    messageBytes: Int = 1_000_000
  ) async throws -> UploadMediaResponse {
    let call = try await client.uploadMedia()
    try await call.send(firstMessage(product, bytes.prefix(messageBytes), alt: alt, requestID: requestID))
    var rest = bytes.dropFirst(messageBytes)
    while !rest.isEmpty {
      let chunk = rest.prefix(messageBytes)
      try await call.send(request(UploadMediaRequest.self) { $0.chunk = Bytes(chunk, in: $0.storage.arena) })
      rest = rest.dropFirst(messageBytes)
    }
    return try await call.finish()
  }

  /// Adds the image of an upload that has passed the server by.
  fileprivate func add(uploadOf token: String, to product: String) async throws -> UploadMediaResponse {
    let call = try await client.uploadMedia()
    try await call.send(
      request(UploadMediaRequest.self) {
        $0.productID = $0.text(product)
        $0.uploadToken = $0.text(token)
        $0.requestID = $0.text(TestID.next())
      })
    return try await call.finish()
  }

  /// Begins an upload that does not end.
  fileprivate func begin(
    _ bytes: some Sequence<UInt8>, to product: String, options: CallOptions = CallOptions()
  ) async throws -> ClientStreamingCall<UploadMediaRequest, UploadMediaResponse> {
    let call = try await client.uploadMedia(options: options)
    try await call.send(firstMessage(product, bytes, alt: "", requestID: TestID.next()))
    return call
  }

  func delete(image: String) async throws {
    _ = try await client.deleteMedia(
      request(DeleteMediaRequest.self) {
        $0.imageID = $0.text(image)
        $0.requestID = $0.text(TestID.next())
      })
  }

  fileprivate func reorder(_ images: [String], of product: String) async throws -> [String] {
    let response = try await client.reorderMedia(
      request(ReorderMediaRequest.self) {
        $0.productID = $0.text(product)
        $0.requestID = $0.text(TestID.next())
        for image in images { $0.imageIDs.append($0.text(image)) }
      })
    return response.images.map(\.id.string)
  }

  fileprivate func product(_ id: String) async throws -> Product {
    let response = try await catalog.getProduct(request(GetProductRequest.self) { $0.key = .id($0.text(id)) })
    return try #require(response.product)
  }
}

extension CallOptions {
  /// A call of somebody of a shop.
  fileprivate static func of(_ caller: TestCaller, seller: String) -> CallOptions {
    var options = CallOptions()
    options.metadata.add(TestAuthenticator.caller, caller.rawValue)
    options.metadata.add(TestAuthenticator.seller, seller)
    return options
  }
}

extension ShopTests {
  @Suite struct MediaTests {
    @Test(
      "an image is in the product at once, with its sizes, whatever the messages were", arguments: [1_000_000, 100, 7])
    func upload(messageBytes: Int) async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let before = try await nodes[0].product()
        let id = before.id.string
        let bytes = try await nodes[0].media.image(.jpeg, width: 30, height: 20)
        let response = try await nodes[0].upload(bytes, to: id, alt: "A lamp", messageBytes: messageBytes)
        #expect(response.receivedBytes == bytes.count)
        let image = try #require(response.image)
        #expect(image.width == 30 && image.height == 20 && image.alt == "A lamp")
        let after = try await nodes[0].product(id)
        #expect(after.images.map(\.id.string) == before.images.map(\.id.string) + [image.id.string])
        #expect(after.etag != before.etag)
        let stored = nodes[0].media.files()
        #expect(stored.count == 2 && stored.allSatisfy { $0.hasPrefix("blobs/") }, "\(stored)")
        #expect(stored.contains { "/media/\($0.dropFirst("blobs/renditions/ab/".count))" == image.url.string })
      }
    }

    @Test("an upload past the servers is added once: not by calls at once, and not when its bytes are sent again")
    func usedTokens() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let node = nodes[0]
        let before = try await node.product()
        let id = before.id.string
        let pending = PendingUpload(.made(at: .now), for: try #require(ID(id)))
        let (key, image) = (try #require(pending.key), try await node.media.image())
        let token = pending.token(signedBy: TestShop.vault.tokenSigner(for: PendingUpload.tokenPurpose))
        try await node.media.settings.put(image, as: key, .png)
        let codes = try await InventoryTests.atOnce(4) { _ in
          await failure { _ = try await node.add(uploadOf: token, to: id) }?.code
        }
        #expect(codes.filter { $0 == nil }.count == 1, "\(codes)")
        #expect(codes.filter { $0 == .failedPrecondition }.count == 3, "\(codes)")
        try await node.media.settings.put(image, as: key, .png)
        let again = await failure { _ = try await node.add(uploadOf: token, to: id) }
        #expect(again?.code == .failedPrecondition)
        #expect(try await node.product(id).images.count == before.images.count + 1)
      }
    }

    @Test("nothing is left of an upload that is cut at any byte")
    func cut() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product().id.string
        let bytes = try await nodes[0].media.image()
        for count in [0, 1, 8, bytes.count / 2, bytes.count - 1, bytes.count] {
          let call = try await nodes[0].begin(bytes.prefix(count), to: product)
          try await eventually { !nodes[0].media.files().isEmpty }
          call.cancel()
          try await eventually { nodes[0].media.files().isEmpty }
        }
        for count in [0, 1, 8, bytes.count / 2, bytes.count - 1] {
          let error = await failure { _ = try await nodes[0].upload(Array(bytes.prefix(count)), to: product) }
          #expect(error?.code == .invalidArgument && error?.fields == ["chunk"], "\(count) bytes")
          try await eventually { nodes[0].media.files().isEmpty }
        }
        #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.media_file" } == 0)
      }
    }

    @Test("the same upload again gets the first response, and other bytes under its id are refused")
    func again() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (product, id) = (try await nodes[0].product().id.string, TestID.next())
        let bytes = try await nodes[0].media.image()
        let first = try await nodes[0].upload(bytes, to: product, requestID: id)
        let second = try await nodes[0].upload(bytes, to: product, requestID: id, messageBytes: 10)
        #expect(try first.encoded() == second.encoded())
        let others = try await nodes[0].media.image(shade: 9)
        let error = await failure { _ = try await nodes[0].upload(others, to: product, requestID: id) }
        #expect(error?.reason == "REQUEST_ID_REUSED")
      }
    }

    @Test("four uploads of a seller share its places, whoever sends them, and another seller has its own")
    func uploadsOfASellerAtOnce() async throws {
      let shop = try await TestShop.make(products: 60)
      try await shop.serve { nodes in
        let node = nodes[0]
        let product = try await node.product()
        let (own, seller) = (product.id.string, product.sellerID.string)
        let other = try await shop.run { database in
          try await database.rows(
            """
            SELECT p.id FROM catalog.product p
             WHERE p.status = 'active' AND p.seller_id <> \(seller)::uuid ORDER BY p.id LIMIT 1
            """
          ).first?.string("id")
        }
        let bytes = try await node.media.image()
        var calls: [ClientStreamingCall<UploadMediaRequest, UploadMediaResponse>] = []
        // The accounts differ, the seller does not.
        for _ in 0..<4 {
          calls.append(try await node.begin(bytes, to: own, options: .of(.sellersKey, seller: seller)))
        }
        try await eventually { node.media.files().count == 4 }
        for caller in [TestCaller.seller, .sellersCertificate, .admin] {
          let error = await failure {
            _ = try await node.begin(bytes, to: own, options: .of(caller, seller: seller)).finish()
          }
          #expect(error?.code == .unavailable && error?.reason == "MEDIA_BUSY", "\(caller)")
        }
        _ = try await node.upload(bytes, to: try #require(other))
        for call in calls { call.cancel() }
      }
    }

    @Test("an upload that sends nothing more ends, and leaves nothing")
    func idle() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(uploadIdleLimit: .milliseconds(500)) { nodes in
        let product = try await nodes[0].product().id.string
        let bytes = try await nodes[0].media.image()
        // A client of streams both ways hears of the end before it has ended its own stream.
        let call: BidirectionalCall<UploadMediaRequest, UploadMediaResponse> = try await nodes[0].channel.bidirectional(
          "/fastshop.catalog.v1.MediaService/UploadMedia")
        try await call.send(nodes[0].firstMessage(product, bytes, alt: "", requestID: TestID.next()))
        let error = await failure { for try await _ in call.responses {} }
        #expect(error?.code == .deadlineExceeded)
        try await eventually { nodes[0].media.files().isEmpty }
        #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.media_file" } == 0)
        // Its place is free again, and what goes on arriving is not ended.
        _ = try await nodes[0].upload(bytes, to: product, messageBytes: 7)
      }
    }

    @Test("a caller has four uploads at once, and more when one of them has ended")
    func uploadsAtOnce() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product().id.string
        let bytes = try await nodes[0].media.image()
        var calls: [ClientStreamingCall<UploadMediaRequest, UploadMediaResponse>] = []
        for _ in 0..<4 { calls.append(try await nodes[0].begin(bytes, to: product)) }
        try await eventually { nodes[0].media.files().count == 4 }
        let error = await failure { _ = try await nodes[0].upload(bytes, to: product) }
        #expect(error?.code == .unavailable && error?.reason == "MEDIA_BUSY")
        _ = try await calls[0].finish()
        _ = try await nodes[0].upload(bytes, to: product)
        for call in calls { call.cancel() }
      }
    }

    @Test("the hundredth image is the last")
    func imagesMax() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product().id.string
        let fill: @Sendable () -> Query = {
          """
          WITH made AS (
            INSERT INTO catalog.image (product_id, seller_id, position, url, width, height)
            SELECT p.id, p.seller_id, n, '/media/' || n, 1, 1
              FROM catalog.product p,
                   generate_series((SELECT max(i.position) + 1 FROM catalog.image i WHERE i.product_id = p.id), 99) n
             WHERE p.id = \(product)::uuid
            RETURNING id
          )
          SELECT count(*) AS n FROM made
          """
        }
        try await shop.run { _ = try await $0.rows(fill(), access: .write) }
        let bytes = try await nodes[0].media.image()
        _ = try await nodes[0].upload(bytes, to: product)
        let error = await failure { _ = try await nodes[0].upload(bytes, to: product) }
        #expect(error?.code == .failedPrecondition && error?.reason == "MEDIA_TOO_MANY")
      }
    }

    @Test("images take the order that names each of them, and no other; one that is removed leaves no gap")
    func order() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product().id.string
        for shade in 1...3 as ClosedRange<UInt8> {
          _ = try await nodes[0].upload(try await nodes[0].media.image(shade: shade), to: product)
        }
        let ids = try await nodes[0].product(product).images.map(\.id.string)
        let wanted = Array(ids.reversed())
        #expect(try await nodes[0].reorder(wanted, of: product) == wanted)
        for incomplete in [Array(ids.dropFirst()), ids + [TestID.next()], Array(ids.dropFirst()) + [TestID.next()]] {
          let error = await failure { _ = try await nodes[0].reorder(incomplete, of: product) }
          #expect(error?.reason == "MEDIA_ORDER_INCOMPLETE", "\(incomplete.count) of \(ids.count)")
        }
        try await nodes[0].delete(image: wanted[1])
        #expect(try await nodes[0].product(product).images.map(\.id.string) == [wanted[0]] + wanted.dropFirst(2))
        let last = try await shop.number {
          "SELECT max(position) AS n FROM catalog.image WHERE product_id = \(product)::uuid"
        }
        #expect(last == Int64(ids.count - 1))
      }
    }

    @Test("the last image of what is on sale stays; of a draft, it goes")
    func lastImage() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (id, first) = (made.id.string, made.images[0].id.string)
        _ = try await nodes[0].publishProduct(id)
        let refusal = await failure { try await nodes[0].delete(image: first) }
        #expect(refusal?.code == .failedPrecondition && refusal?.reason == "PRODUCT_INCOMPLETE")
        #expect(refusal?.unmet == ["images"])
        let bytes = try await nodes[0].media.image(shade: 9)
        let second = try #require(try await nodes[0].upload(bytes, to: id).image).id.string
        try await nodes[0].delete(image: first)
        #expect(try await nodes[0].product(id).images.map(\.id.string) == [second])
        _ = try await nodes[0].unpublishProduct(id)
        try await nodes[0].delete(image: second)
        #expect(try await nodes[0].draft(id).images.isEmpty)
      }
    }

    @Test("a file goes with its last image, an hour later, and can be uploaded again")
    func removal() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product().id.string
        let bytes = try await nodes[0].media.image()
        let upkeep = MediaUpkeep(media: nodes[0].media.settings)
        let first = try #require(try await nodes[0].upload(bytes, to: product).image).id.string
        let second = try #require(try await nodes[0].upload(bytes, to: product).image).id.string
        try await nodes[0].delete(image: first)
        try await Self.letAnHourPass(shop)
        _ = try await shop.run { try await upkeep.removeFiles($0) }
        #expect(nodes[0].media.files().count == 2, "another image shows the file")
        try await nodes[0].delete(image: second)
        _ = try await shop.run { try await upkeep.removeFiles($0) }
        #expect(nodes[0].media.files().count == 2, "an hour has not passed")
        try await Self.letAnHourPass(shop)
        _ = try await shop.run { try await upkeep.removeFiles($0) }
        #expect(nodes[0].media.files().isEmpty)
        #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.media_file" } == 0)
        _ = try await nodes[0].upload(bytes, to: product)
        // What has arrived is removed after the answer.
        try await eventually { nodes[0].media.files().count == 2 }
      }
    }

    @Test("while a file is being removed, an upload of the same content is to be tried later")
    func uploadDuringRemoval() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product().id.string
        let bytes = try await nodes[0].media.image()
        let image = try #require(try await nodes[0].upload(bytes, to: product).image).id.string
        try await nodes[0].delete(image: image)
        _ = try await shop.run { try await $0.execute("UPDATE catalog.media_file SET removing_at = now()") }
        let error = await failure { _ = try await nodes[0].upload(bytes, to: product) }
        #expect(error?.code == .unavailable && error?.reason == "MEDIA_BUSY")
      }
    }

    @Test("a job makes the renditions, and does nothing for a file that has them")
    func renditions() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product().id.string
        let media = nodes[0].media
        let server = try await BackgroundServer(
          shop.url, vault: TestShop.vault, jobs: [RenderMedia(media: media.settings)])
        let bytes = try await media.image(.png, width: 300, height: 200)
        _ = try await nodes[0].upload(bytes, to: product)
        try await eventually {
          try await shop.number { "SELECT count(rendered_at) AS n FROM catalog.media_file" } == 1
        }
        let rendered = media.files().filter { $0.hasPrefix("blobs/renditions/") }
        #expect(Set(rendered.compactMap { $0.split(separator: "/").last }) == Set(MediaFile.renditions.map { $0[...] }))
        _ = try await nodes[0].upload(bytes, to: product)
        try await eventually {
          try await shop.number { "SELECT count(*) AS n FROM jobs.job WHERE state = 'done'" } == 2
        }
        await server.stop()
      }
    }

    static func letAnHourPass(_ shop: TestShop) async throws {
      _ = try await shop.run {
        try await $0.execute(
          """
          UPDATE catalog.media_file SET unused_since = platform.retention_time() - interval '61 minutes'
           WHERE unused_since IS NOT NULL
          """)
      }
    }
  }
}

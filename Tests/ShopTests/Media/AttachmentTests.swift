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
  private var attachments: MediaClient { MediaClient(channel) }

  /// Begins the upload of a file that is no image.
  fileprivate func begin(
    _ kind: MediaKind, _ bytes: some Sequence<UInt8>, to product: String, title: String = ""
  ) async throws -> ClientStreamingCall<UploadMediaRequest, UploadMediaResponse> {
    let call = try await attachments.uploadMedia()
    try await call.send(
      request(UploadMediaRequest.self) {
        $0.productID = $0.text(product)
        $0.alt = $0.text(title)
        $0.kind = kind
        $0.requestID = $0.text(TestID.next())
        $0.chunk = Bytes(bytes, in: $0.storage.arena)
      })
    return call
  }

  @discardableResult
  func upload(
    _ kind: MediaKind, _ bytes: [UInt8], to product: String, title: String = ""
  ) async throws -> CatalogAPI.Attachment {
    try #require(try await begin(kind, bytes, to: product, title: title).finish().attachment)
  }

  fileprivate func shown(_ id: String) async throws -> Product {
    let response = try await catalog.getProduct(request(GetProductRequest.self) { $0.key = .id($0.text(id)) })
    return try #require(response.product)
  }

  fileprivate func reorder(attachments ids: [String], of product: String) async throws -> [String] {
    let response = try await attachments.reorderAttachments(
      request(ReorderAttachmentsRequest.self) {
        $0.productID = $0.text(product)
        $0.requestID = $0.text(TestID.next())
        for id in ids { $0.attachmentIDs.append($0.text(id)) }
      })
    return response.attachments.map(\.id.string)
  }

  func rename(attachment id: String, _ title: String) async throws {
    _ = try await attachments.updateAttachment(
      request(UpdateAttachmentRequest.self) {
        let attachment = CatalogAPI.Attachment(in: $0.storage.arena)
        attachment.id = attachment.text(id)
        attachment.title = attachment.text(title)
        $0.attachment = attachment
        $0.requestID = $0.text(TestID.next())
      })
  }

  func delete(attachment id: String) async throws {
    _ = try await attachments.deleteAttachment(
      request(DeleteAttachmentRequest.self) {
        $0.attachmentID = $0.text(id)
        $0.requestID = $0.text(TestID.next())
      })
  }
}

extension ShopTests {
  @Suite struct AttachmentTests {
    @Test(
      "a video or a document is in the product at once, with what it is",
      arguments: [
        (MediaKind.video, SampleFiles.mp4(), "video/mp4", "video.mp4"),
        (.video, SampleFiles.webm(), "video/webm", "video.webm"),
        (.document, SampleFiles.pdf(), "application/pdf", "document.pdf"),
      ] as [(MediaKind, [UInt8], String, String)])
    func upload(kind: MediaKind, bytes: [UInt8], type: String, name: String) async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let before = try await nodes[0].product()
        let made = try await nodes[0].upload(kind, bytes, to: before.id.string, title: "How it is built")
        let after = try await nodes[0].shown(before.id.string)
        #expect(after.etag != before.etag && after.images.count == before.images.count)
        let shown = try #require(after.attachments.first)
        #expect(after.attachments.count == 1)
        #expect(try shown.encoded() == made.encoded())
        #expect(shown.kind == kind && shown.contentType.string == type && shown.title.string == "How it is built")
        #expect(shown.sizeBytes == Int64(bytes.count))
        #expect(shown.url.string.hasPrefix("/media/") && shown.url.string.hasSuffix("/\(name)"))
        try await eventually { nodes[0].media.files().count == 1 }
        #expect(nodes[0].media.files().allSatisfy { $0.hasPrefix("blobs/\(kind == .video ? "videos" : "documents")/") })
      }
    }

    @Test("a document that is sent as an image is refused, and told which field says what it is")
    func documentAsImage() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let product = try await nodes[0].product().id.string
        let error = await failure { _ = try await nodes[0].upload(SampleFiles.pdf(), to: product) }
        #expect(error?.reason == "MEDIA_NOT_AN_IMAGE" && error?.message.contains("set `kind`") == true)
      }
    }

    @Test("nothing is left of an upload that is cut at any byte")
    func cut() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product().id.string
        for (kind, bytes) in [
          (MediaKind.video, SampleFiles.mp4()), (.video, SampleFiles.webm()), (.document, SampleFiles.pdf()),
        ] {
          for count in [0, 1, bytes.count / 2, bytes.count] {
            let call = try await nodes[0].begin(kind, bytes.prefix(count), to: product)
            try await eventually { !nodes[0].media.files().isEmpty }
            call.cancel()
            try await eventually { nodes[0].media.files().isEmpty }
          }
          for count in [0, 1, 8, bytes.count / 2, bytes.count - 1] {
            let error = await failure {
              try await nodes[0].upload(kind, Array(bytes.prefix(count)), to: product)
            }
            #expect(error?.code == .invalidArgument && error?.fields == ["chunk"], "\(kind): \(count) bytes")
          }
          try await eventually { nodes[0].media.files().isEmpty }
        }
        #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.media_file" } == 0)
      }
    }

    @Test("a product has ten videos and twenty documents, which take the order that names each of them")
    func limitsAndOrder() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product().id.string
        for _ in 0..<10 { try await nodes[0].upload(.video, SampleFiles.mp4(), to: product) }
        for _ in 0..<20 { try await nodes[0].upload(.document, SampleFiles.pdf(), to: product) }
        for (kind, bytes) in [(MediaKind.video, SampleFiles.mp4()), (.document, SampleFiles.pdf())] {
          let error = await failure { try await nodes[0].upload(kind, bytes, to: product) }
          #expect(error?.code == .failedPrecondition && error?.reason == "MEDIA_TOO_MANY")
        }
        let ids = try await nodes[0].shown(product).attachments.map(\.id.string)
        let wanted = Array(ids.reversed())
        #expect(try await nodes[0].reorder(attachments: wanted, of: product) == wanted)
        let error = await failure { _ = try await nodes[0].reorder(attachments: Array(ids.dropFirst()), of: product) }
        #expect(error?.reason == "MEDIA_ORDER_INCOMPLETE")
        try await nodes[0].delete(attachment: wanted[1])
        #expect(
          try await nodes[0].shown(product).attachments.map(\.id.string) == [wanted[0]] + wanted.dropFirst(2))
        let last = try await shop.number {
          "SELECT max(position) AS n FROM catalog.attachment WHERE product_id = \(product)::uuid"
        }
        #expect(last == 29)
      }
    }

    @Test("the same bytes are another file as a document and as a digital file, and each goes with its last use")
    func removal() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product()
        let upkeep = MediaUpkeep(media: nodes[0].media.settings)
        let first = try await nodes[0].upload(.document, SampleFiles.pdf(), to: product.id.string).id.string
        let second = try await nodes[0].upload(.document, SampleFiles.pdf(), to: product.id.string).id.string
        let file = try await nodes[0].uploadDigitalFile(
          SampleFiles.pdf(), to: product.variants[0].id.string, named: "book.pdf")
        try await eventually { nodes[0].media.files().count == 2 }
        try await nodes[0].delete(attachment: first)
        try await MediaTests.letAnHourPass(shop)
        _ = try await shop.run { try await upkeep.removeFiles($0) }
        #expect(nodes[0].media.files().count == 2, "another attachment is made of the file")
        try await nodes[0].delete(attachment: second)
        try await MediaTests.letAnHourPass(shop)
        _ = try await shop.run { try await upkeep.removeFiles($0) }
        #expect(nodes[0].media.files().map { $0.split(separator: "/")[1] } == ["digital"])
        try await nodes[0].delete(digitalFile: file.id.string)
        try await MediaTests.letAnHourPass(shop)
        _ = try await shop.run { try await upkeep.removeFiles($0) }
        #expect(nodes[0].media.files().isEmpty)
      }
    }
  }
}

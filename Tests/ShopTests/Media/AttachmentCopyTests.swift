import CatalogAPI
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import Testing

@testable import Catalog

extension ShopTests {
  /// The titles of attachments in other languages, and what a copy of a product has of its files and listings.
  @Suite struct AttachmentCopyTests {
    private static func path(_ attachment: String) -> String { "attachments[\(attachment)].title" }

    @Test("titles of videos and documents are translated, and one that changes has its translation outdated")
    func titles() async throws {
      try await TestShop.make(products: 3).serve(loops: 1) { nodes in
        let node = nodes[0]
        let id = try await node.publishProduct(try await node.createCompleteProduct().id.string).id.string
        let manual = try await node.upload(.document, SampleFiles.pdf(), to: id, title: "Manual").id.string
        let path = Self.path(manual)
        let before = try await node.read(id, "de").etag.string
        try await node.translate(id, to: "de", [path: "Anleitung"])
        let read = try await node.read(id, "de")
        #expect(read.attachments.map(\.title.string) == ["Anleitung"] && read.locale == "de")
        #expect(read.etag.string != before)
        #expect(try await node.read(id, nil).attachments.map(\.title.string) == ["Manual"])
        #expect(try await node.draft(id, options: .accepting("de")).attachments.map(\.title.string) == ["Manual"])
        let paths = try await node.translations(of: id).sources.entries.map { $0.0.string }
        #expect(paths.contains(path))
        try await node.translate(id, to: "de", Dictionary(uniqueKeysWithValues: paths.map { ($0, "T") }))
        #expect(try await node.lacking("de")[id] == nil)
        try await node.rename(attachment: manual, "Guide")
        #expect(try await node.lacking("de")[id] == true)
        let changed = try await node.translations(of: id, in: "de").translations
        #expect(changed.first?.outdated.map(\.string) == [path])
        #expect(try await node.read(id, "de").attachments.map(\.title.string) == ["T"])
        let film = try await node.upload(.video, SampleFiles.mp4(), to: id, title: "Film").id.string
        let lacking = try await node.translations(of: id, in: "de").translations
        #expect(lacking.first?.missing.map(\.string) == [Self.path(film)])
        for attachment in [manual, film] { try await node.delete(attachment: attachment) }
        #expect(try await node.lacking("de")[id] == nil)
        let gone = await failure { try await node.translate(id, to: "de", [path: "Anleitung"]) }
        #expect(gone?.code == .invalidArgument && gone?.fields == ["texts"])
      }
    }

    @Test("a copy has the videos and documents with their translated titles, and each product removes its own")
    func attachments() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(loops: 1) { nodes in
        let (node, upkeep) = (nodes[0], MediaUpkeep(media: nodes[0].media.settings))
        let id = try await node.createCompleteProduct().id.string
        let manual = try await node.upload(.document, SampleFiles.pdf(), to: id, title: "Manual").id.string
        try await node.upload(.video, SampleFiles.mp4(), to: id)
        try await node.translate(id, to: "de", ["title": "Pult", Self.path(manual): "Anleitung"])
        let original = try await node.draft(id)
        let copy = try await node.duplicateProduct(id, suffix: "-B")
        #expect(copy.attachments.map(\.url) == original.attachments.map(\.url))
        #expect(copy.attachments.map(\.title.string) == ["Manual", ""] && copy.images.isEmpty)
        #expect(Set(copy.attachments.map(\.id)).isDisjoint(with: original.attachments.map(\.id)))
        let texts = try #require(try await node.translations(of: copy.id.string, in: "de").translations.first)
        #expect(texts.texts["title"] == "Pult" && texts.texts.count == 2)
        #expect(texts.texts[texts.text(Self.path(copy.attachments[0].id.string))] == "Anleitung")
        #expect(texts.outdated.isEmpty)
        let files = node.media.files().filter { $0.hasPrefix("blobs/videos/") || $0.hasPrefix("blobs/documents/") }
        #expect(files.count == 2)
        for attachment in original.attachments { try await node.delete(attachment: attachment.id.string) }
        try await MediaTests.letAnHourPass(shop)
        _ = try await shop.run { try await upkeep.removeFiles($0) }
        #expect(Set(node.media.files()).isSuperset(of: files), "the copy is made of them")
        #expect(try await node.draft(copy.id.string).attachments.count == 2)
        for attachment in copy.attachments { try await node.delete(attachment: attachment.id.string) }
        try await MediaTests.letAnHourPass(shop)
        _ = try await shop.run { try await upkeep.removeFiles($0) }
        #expect(Set(node.media.files()).isDisjoint(with: files))
      }
    }

    @Test("what is sold with a product is not sold with its copy")
    func digitalGoods() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(loops: 1) { nodes in
        let original = try await nodes[0].createCompleteProduct()
        let variant = original.variants[0].id.string
        _ = try await nodes[0].uploadDigitalFile([1, 2, 3], to: variant, named: "song.flac")
        #expect(try await nodes[0].add(licenceKeys: ["AAAA-1"], to: variant) == 1)
        let copy = try await nodes[0].duplicateProduct(original.id.string, suffix: "-B")
        #expect(copy.variants.count == 2 && copy.variants.allSatisfy { !$0.isDigital })
        for variant in copy.variants {
          let goods = try await nodes[0].digitalFiles(of: variant.id.string)
          #expect(goods.files.isEmpty && goods.licenceKeyCount == 0)
        }
        #expect(try await nodes[0].digitalFiles(of: variant).licenceKeyCount == 1)
      }
    }

    @Test("a copy has the listings, which show it once it is on sale, and exclude it where the product is excluded")
    func listings() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(loops: 1) { nodes in
        let node = nodes[0]
        let id = try await node.publishProduct(try await node.createCompleteProduct().id.string).id.string
        try await node.createChannel("outlet", ", \"assortment\": 2")
        let later = ", \"is_listed\": true, \"buyable_from_time\": \"2040-01-01T00:00:00Z\""
        try await node.list(id, in: "outlet", later)
        try await node.list(id, in: "web", ", \"is_listed\": false")
        let copy = try await node.duplicateProduct(id, suffix: "-B").id.string
        let listings = try await node.listings(of: copy)
        #expect(listings.map { "\($0.channel) \($0.etag)" } == ["outlet v1", "web v1"])
        #expect(listings.map(\.isListed) == [true, false])
        #expect(listings.compactMap(\.buyableFromTime?.seconds) == [2_208_988_800])
        #expect(try await node.shown(in: "outlet") == [id])
        _ = try await node.upload(try await node.media.image(), to: copy)
        _ = try await node.publishProduct(copy)
        #expect(Set(try await node.shown(in: "outlet")) == [id, copy])
        #expect(try await !node.shown(in: "web").contains(copy))
        #expect(try await shop.wrongChannelShelves() == 0)
        let told = try await shop.number {
          """
          SELECT count(*) AS n FROM platform.event e
           WHERE e.topic = 'catalog.channel_listing' AND \(copy)::uuid = ANY (e.subjects)
          """
        }
        #expect(told == 2)
      }
    }
  }
}

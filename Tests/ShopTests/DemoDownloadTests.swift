import CatalogAPI
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import Testing

@testable import Catalog
@testable import DemoShop

extension ShopTests {
  /// Manuals, files and licence keys of the demo shop.
  @Suite struct DemoDownloadTests {
    @Test("the demo shop has manuals, a file and licence keys, as if sellers had uploaded them")
    func goods() async throws {
      let shop = try await TestShop.make(products: 200)
      let demo = DemoDownloads(products: 200)
      let (fileVariant, keyVariant) = (try #require(demo.fileVariant), try #require(demo.keyVariant))
      try await shop.serve(loops: 1) { nodes in
        let (node, goods) = (nodes[0], MadeGoods(in: nodes[0].media.settings))
        try await shop.run { database in
          for manual in demo.manuals {
            try await goods.attach(document: manual.document, titled: manual.title, to: manual.products, database)
          }
          try await goods.sell(file: demo.file.content, named: demo.file.name, with: fileVariant, database)
          try await goods.sell(keys: demo.keys, with: keyVariant, database, TestShop.vault)
        }
        #expect(demo.manuals.count > 3 && Set(demo.keys).count == 25)
        for manual in demo.manuals {
          let id = try #require(manual.products.first).description
          let shown = try #require(try await node.read(id, nil).attachments.first)
          // The same upload by a seller is the same file: the shop takes it for a document.
          let other = try await node.upload(.document, manual.document, to: id, title: manual.title)
          #expect(shown.url == other.url && shown.title == other.title && shown.sizeBytes == other.sizeBytes)
        }
        let files = try await node.digitalFiles(of: fileVariant.description)
        #expect(files.files.map(\.fileName.string) == [demo.file.name])
        #expect(try await node.digitalFiles(of: keyVariant.description).licenceKeyCount == 25)
        let again = await failure { _ = try await node.add(licenceKeys: [demo.keys[3]], to: keyVariant.description) }
        #expect(again?.reason == "LICENCE_KEY_EXISTS", "they are found as those that sellers add")
        let digital = try await shop.number { "SELECT count(*) AS n FROM catalog.variant WHERE is_digital" }
        #expect(digital == 2)
        #expect(node.media.files().filter { $0.hasPrefix("blobs/digital/") }.count == 1)
      }
    }

    @Test("a small shop has what fits, and a document says where its parts are")
    func smallShop() {
      #expect(DemoDownloads(products: 3).manuals.isEmpty)
      let text = String(decoding: DemoPDF.document(saying: "Care"), as: UTF8.self)
      for number in 1...5 {
        let place = text.bytes(before: "\(number) 0 obj")
        #expect(text.contains(String(repeating: "0", count: 10 - "\(place)".count) + "\(place) 00000 n"))
      }
      #expect(text.contains("startxref\n\(text.bytes(before: "xref\n0 6"))\n"))
    }
  }
}

extension String {
  /// How many bytes come before a text.
  fileprivate func bytes(before text: String) -> Int {
    ranges(of: text).first.map { self[..<$0.lowerBound].utf8.count } ?? -1
  }
}

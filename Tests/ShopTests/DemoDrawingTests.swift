import CatalogAPI
import Files
import Platform
import Postgres
import Protobuf
import Testing

@testable import Catalog
@testable import DemoShop

@Suite struct DemoDrawingTests {
  private static let tree = DemoTree()

  @Test("every kind of goods has a picture of its own in each of its colours, the same each time")
  func drawings() {
    let drawings = DemoDrawing.all(Self.tree)
    #expect(drawings.count == Self.tree.leaves.reduce(0) { $0 + ($1.goods?.options.first.values.count ?? 0) })
    #expect(Set(drawings.map(\.name)).count == drawings.count)
    #expect(DemoDrawing.all(Self.tree).map(\.svg) == drawings.map(\.svg))
    for leaf in Self.tree.leaves {
      #expect(DemoShape.of(leaf.slug) != DemoShape.of("nothing"), "\(leaf.slug) has no drawing")
    }
  }

  @Test("a product shows its own colours, once each")
  func images() {
    let names = Set(DemoDrawing.all(Self.tree).map(\.name))
    let files = Dictionary(uniqueKeysWithValues: names.map { ($0, DemoImageFile.named($0)) })
    let maker = DemoProductMaker(tree: Self.tree, pictures: files)
    for index in 0..<2_000 {
      let product = maker.product(index)
      let colours = Set(product.variants.map { DemoDrawing(of: product.category.slug, $0.options[0].value).name })
      let shown = product.images.map(\.file.url)
      #expect(!shown.isEmpty && Set(shown).count == shown.count && colours.isSuperset(of: shown))
    }
  }
}

extension DemoImageFile {
  fileprivate static func named(_ name: String) -> DemoImageFile {
    DemoImageFile(
      url: name, width: DemoDrawing.width, height: DemoDrawing.height, digits: String(repeating: "0", count: 64),
      contentType: "image/jpeg", bytes: 1)
  }
}

extension ShopTests {
  @Suite struct DemoGalleryTests {
    @Test("a picture that the shop draws is an upload like any other, and its products show it")
    func filled() async throws {
      let media = try TestMedia()
      let drawing = try #require(DemoShop.drawings.first { $0.name == "lamps/sage" })
      let drawn = try await DrawnImage(svg: drawing.svg, in: media.settings)
      #expect(drawn.width == DemoDrawing.width && drawn.height == DemoDrawing.height)
      #expect(try await DrawnImage(svg: drawing.svg, in: media.settings).digits == drawn.digits)
      #expect(media.files().count { $0.hasPrefix("blobs/") } == 2)
      let file = DemoImageFile(
        url: drawn.url, width: drawn.width, height: drawn.height, digits: drawn.digits,
        contentType: drawn.contentType, bytes: drawn.bytes)
      let files = Dictionary(uniqueKeysWithValues: DemoShop.drawings.map { ($0.name, file) })
      let shop = try await TestShop.make(products: 10)
      try await shop.run { database in
        try await DemoShop(products: 20, pictures: files).fill(database, replacing: true)
        try await DrawnImage.renderOthers(database)
      }
      let counts: [(String, Int64, @Sendable () -> Query)] = [
        ("files", 1, { "SELECT count(*) AS n FROM catalog.media_file WHERE unused_since IS NULL" }),
        ("images without a file", 0, { "SELECT count(*) AS n FROM catalog.image WHERE file_hash IS NULL" }),
        ("jobs", 1, { "SELECT count(*) AS n FROM jobs.job WHERE kind = 'catalog.render-media'" }),
      ]
      for (what, count, query) in counts { #expect(try await shop.number(query) == count, "\(what)") }
      try await shop.serve { nodes in
        let shown = try await nodes[0].product().images.map(\.url.string)
        #expect(!shown.isEmpty && shown.allSatisfy { $0 == drawn.url })
      }
    }
  }
}

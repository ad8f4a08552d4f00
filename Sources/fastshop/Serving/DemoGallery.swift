import Catalog
import DemoShop
import EventLoop
import Identity
import Logging
import Platform
import Postgres
import Sellers

/// Draws the pictures of the demo shop, and puts them into the store of images as if sellers had uploaded them.
struct DemoGallery {
  /// Pictures that are drawn, or stored, at the same time.
  private static let parallelMax = 4

  let images: ImageSettings

  /// The files of all pictures, by the names of the drawings.
  /// - Throws: what the store fails with.
  func files(on loop: EventLoop, log: Logger) async throws -> [String: DemoImageFile] {
    let media = try ShopMedia.settings(images, loop: loop, log: log)
    do {
      let files = try await Self.files(of: DemoShop.drawings, in: media)
      await media.close()
      return files
    } catch {
      await media.close()
      throw error
    }
  }

  /// Puts manuals, a file and licence keys into the store and the tables of a shop with so many products.
  func stock(
    products count: Int, _ database: ShopDatabase, _ vault: Vault, on loop: EventLoop, log: Logger
  ) async throws {
    let media = try ShopMedia.settings(images, loop: loop, log: log)
    do {
      try await database.use(on: loop) { database in
        try await Self.stock(products: count, in: media, database, vault)
        try await Self.apply(in: media, database, vault)
      }
      await media.close()
    } catch {
      await media.close()
      throw error
    }
  }

  private static func stock(
    products count: Int, in media: MediaSettings, _ database: Database, _ vault: Vault
  ) async throws {
    let (demo, goods) = (DemoDownloads(products: count), MadeGoods(in: media))
    for manual in demo.manuals {
      try await goods.attach(document: manual.document, titled: manual.title, to: manual.products, database)
    }
    if let variant = demo.fileVariant {
      try await goods.sell(file: demo.file.content, named: demo.file.name, with: variant, database)
    }
    if let variant = demo.keyVariant { try await goods.sell(keys: demo.keys, with: variant, database, vault) }
  }

  /// A customer applies to sell, with documents.
  private static func apply(in media: MediaSettings, _ database: Database, _ vault: Vault) async throws {
    let demo = DemoApplication.self
    guard let applicant = try await NewCustomer.create(email: demo.email, name: demo.applicant, database)
    else { return }
    let application = MadeApplication(slug: demo.slug, name: demo.name, trader: demo.trader)
    let id = try await application.submit(by: applicant, database, vault)
    for document in demo.documents {
      try await MadeApplication.add(
        document.content, named: document.name, to: id, in: media.uploads, database, vault)
    }
  }

  private static func files(
    of drawings: [DemoDrawing], in media: MediaSettings
  ) async throws -> [String: DemoImageFile] {
    try await withThrowingTaskGroup(of: (String, DemoImageFile).self) { group in
      var rest = drawings[...]
      var files: [String: DemoImageFile] = [:]
      for drawing in rest.prefix(parallelMax) { group.addTask { try await file(of: drawing, in: media) } }
      rest = rest.dropFirst(parallelMax)
      while let (name, file) = try await group.next() {
        files[name] = file
        guard let next = rest.popFirst() else { continue }
        group.addTask { try await Self.file(of: next, in: media) }
      }
      return files
    }
  }

  private static func file(
    of drawing: DemoDrawing, in media: MediaSettings
  ) async throws -> (String, DemoImageFile) {
    let drawn = try await DrawnImage(svg: drawing.svg, in: media)
    return (
      drawing.name,
      DemoImageFile(
        url: drawn.url, width: drawn.width, height: drawn.height, digits: drawn.digits,
        contentType: drawn.contentType, bytes: drawn.bytes)
    )
  }
}

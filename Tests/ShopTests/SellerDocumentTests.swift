import AuditAPI
import Catalog
import CatalogAPI
import DemoShop
import EventLoop
import Eventually
import Foundation
import Identity
import IdentityAPI
import Images
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import SellersAPI
import Testing

@testable import Sellers

/// An applicant with an application that waits.
private struct Applicant {
  let node: TestNode
  let account: String
  let application: String
  private let options: CallOptions

  static func make(_ node: TestNode, _ shop: TestShop) async throws -> Applicant {
    let (account, id) = (TestID.next(), TestID.next())
    let sealed = try TestShop.vault.seal(text: AccessResources.traderJSON, for: SealedTrader.column.place(id))
    _ = try await shop.run { database in
      try await database.execute(
        """
        INSERT INTO sellers.application (id, applicant_id, slug, name, sealed)
        VALUES (\(id)::uuid, \(account)::uuid, 'shop-' || \(id), 'Oak', \(sealed))
        """)
    }
    return Applicant(node, account, id)
  }

  private init(_ node: TestNode, _ account: String, _ application: String) {
    (self.node, self.account, self.application) = (node, account, application)
    var options = CallOptions()
    options.metadata.add(TestAuthenticator.caller, TestCaller.customer.rawValue)
    options.metadata.add(TestAuthenticator.account, account)
    self.options = options
  }

  private var client: SellerClient { SellerClient(node.channel) }

  func upload(
    _ bytes: [UInt8], to application: String? = nil, name: String = "Extract", requestID: String = TestID.next(),
    messageBytes: Int = 100_000
  ) async throws -> UploadSellerDocumentResponse {
    let call = try await client.uploadSellerDocument(options: options)
    try await call.send(
      request(UploadSellerDocumentRequest.self) {
        $0.applicationID = $0.text(application ?? self.application)
        ($0.name, $0.requestID) = ($0.text(name), $0.text(requestID))
        $0.chunk = Bytes(bytes.prefix(messageBytes), in: $0.storage.arena)
      })
    var rest = bytes.dropFirst(messageBytes)
    while !rest.isEmpty {
      let chunk = rest.prefix(messageBytes)
      try await call.send(request(UploadSellerDocumentRequest.self) { $0.chunk = Bytes(chunk, in: $0.storage.arena) })
      rest = rest.dropFirst(messageBytes)
    }
    return try await call.finish()
  }

  func begin() async throws -> ClientStreamingCall<UploadSellerDocumentRequest, UploadSellerDocumentResponse> {
    let call = try await client.uploadSellerDocument(options: options)
    try await call.send(
      request(UploadSellerDocumentRequest.self) {
        $0.applicationID = $0.text(application)
        ($0.name, $0.requestID) = ($0.text("Extract"), $0.text(TestID.next()))
        $0.chunk = Bytes(SellerDocument.pdf(100), in: $0.storage.arena)
      })
    return call
  }

  func names() async throws -> [String] {
    let asked = request(ListSellerDocumentsRequest.self) { $0.applicationID = $0.text(application) }
    return try await client.listSellerDocuments(asked, options: options).documents.map(\.name.string)
  }

  func delete(_ document: String) async throws {
    let asked = request(DeleteSellerDocumentRequest.self) {
      ($0.documentID, $0.requestID) = ($0.text(document), $0.text(TestID.next()))
    }
    _ = try await client.deleteSellerDocument(asked, options: options)
  }
}

extension RPCError {
  /// When to try again.
  fileprivate var delays: [Duration] {
    details.compactMap { detail -> Duration? in
      if case .retryInfo(let delay) = detail { return delay }
      return nil
    }
  }
}

extension SellerDocument {
  /// A PDF of so many bytes, which differ.
  fileprivate static func pdf(_ count: Int) -> [UInt8] {
    let (start, end) = (Array("%PDF-1.7\n".utf8), Array("\n%%EOF\n".utf8))
    return start + (0..<max(0, count - start.count - end.count)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) } + end
  }
}

extension TestNode {
  fileprivate func inspect(_ application: String) async throws -> SellerApplication {
    let asked = request(InspectSellerApplicationRequest.self) { $0.applicationID = $0.text(application) }
    return try #require(try await SellerAdminClient(channel).inspectSellerApplication(asked).application)
  }

  fileprivate func approve(_ application: String, etag: String = "") async throws -> ApproveSellerResponse {
    try await SellerAdminClient(channel).approveSeller(
      request(ApproveSellerRequest.self) {
        ($0.applicationID, $0.etag, $0.requestID) = ($0.text(application), $0.text(etag), $0.text(TestID.next()))
      })
  }

  fileprivate func reject(_ application: String) async throws -> SellerApplication {
    let response = try await SellerAdminClient(channel).rejectSeller(
      request(RejectSellerRequest.self) {
        ($0.applicationID, $0.reason, $0.requestID) = ($0.text(application), $0.text("no"), $0.text(TestID.next()))
      })
    return try #require(response.application)
  }

  fileprivate func download(_ document: String) async throws -> (document: SellerDocument?, bytes: [UInt8]) {
    let asked = request(DownloadSellerDocumentRequest.self) { $0.documentID = $0.text(document) }
    var (described, bytes): (SellerDocument?, [UInt8]) = (nil, [])
    for try await part in try await SellerAdminClient(channel).downloadSellerDocument(asked) {
      described = described ?? part.document
      bytes += part.chunk.array
    }
    return (described, bytes)
  }
}

extension ShopTests {
  @Suite struct SellerDocumentTests {
    private static let piece = SealedDocument.pieceBytes

    private static func removable(_ shop: TestShop) async throws -> Int64 {
      try await shop.number { "SELECT count(*) AS n FROM sellers.document WHERE remove_at IS NOT NULL" }
    }

    /// The bytes of a blob of a document, as they are stored.
    private static func stored(_ node: TestNode) throws -> [UInt8] {
      let name = try #require(node.media.files().first { $0.contains("seller-documents/") })
      return [UInt8](try Data(contentsOf: URL(filePath: "\(node.media.folder)/\(name)")))
    }

    @Test(
      "staff read what the applicant sent, and the disk has none of it in the clear",
      arguments: [100, piece, piece + 1, 3 * piece + 7])
    func content(count: Int) async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let applicant = try await Applicant.make(nodes[0], shop)
        let bytes = SellerDocument.pdf(count)
        let response = try await applicant.upload(bytes, name: "Extract of the register")
        #expect(response.receivedBytes == count)
        let document = try #require(response.document)
        #expect(document.contentType == "application/pdf" && document.sizeBytes == count)
        #expect(try await applicant.names() == ["Extract of the register"])
        let inspected = try await nodes[0].inspect(applicant.application)
        #expect(inspected.documents.map(\.name.string) == ["Extract of the register"])
        let read = try await nodes[0].download(document.id.string)
        #expect(read.bytes == bytes && read.document?.name == "Extract of the register")
        let stored = try Self.stored(nodes[0])
        #expect(stored.count > count && !stored.contains(Array("%PDF".utf8)) && !stored.contains(bytes.suffix(60)))
        #expect(nodes[0].media.files().count == 1)
      }
    }

    @Test("a blob that was changed, cut or put in another order is not read")
    func tampered() throws {
      let document = SealedDocument(.made(at: .now), named: "Extract")
      let (first, last) = (
        try document.seal([1], at: 0, isLast: false), try document.seal([2], at: 1, isLast: true)
      )
      #expect(try document.open(first, at: 0, isLast: false) == [1])
      #expect(throws: UnopenedValue.self) { try document.open(last, at: 0, isLast: false) }
      #expect(throws: UnopenedValue.self) { try document.open(first, at: 0, isLast: true) }
      #expect(throws: UnopenedValue.self) { try document.open(first.dropLast() + [0], at: 0, isLast: false) }
      let another = SealedDocument(.made(at: .now), named: "Extract")
      #expect(throws: UnopenedValue.self) { try another.open(first, at: 0, isLast: false) }
    }

    private static let contents: [(name: String, bytes: [UInt8], reason: String)] = [
      ("a page", Array("<html>%PDF-1.7</html>".utf8), "SELLER_DOCUMENT_TYPE_UNKNOWN"),
      ("a PDF that is cut", Array(SellerDocument.pdf(3_000).prefix(2_900)), "SELLER_DOCUMENT_DAMAGED"),
      ("too many bytes", SellerDocument.pdf(DocumentContent.bytesMax + 1), "SELLER_DOCUMENT_TOO_LARGE"),
    ]

    @Test("what is no document is refused, whatever its name is, and leaves nothing")
    func refused() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let applicant = try await Applicant.make(nodes[0], shop)
        for (name, bytes, reason) in Self.contents {
          let error = await failure {
            _ = try await applicant.upload(bytes, name: "extract.pdf", messageBytes: 2_000_000)
          }
          #expect(error?.code == .invalidArgument && error?.reason == reason && error?.fields == ["chunk"], "\(name)")
        }
        let image = try await nodes[0].media.image(.jpeg)
        #expect(try await applicant.upload(image, name: "scan.pdf").document?.contentType == "image/jpeg")
        try await eventually { nodes[0].media.files().count == 1 }
      }
    }

    @Test("the same upload again gets the first response, and leaves one blob")
    func again() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (applicant, id) = (try await Applicant.make(nodes[0], shop), TestID.next())
        let bytes = SellerDocument.pdf(1_000)
        let first = try await applicant.upload(bytes, requestID: id)
        #expect(try await applicant.upload(bytes, requestID: id, messageBytes: 10).encoded() == first.encoded())
        let error = await failure { _ = try await applicant.upload(SellerDocument.pdf(999), requestID: id) }
        #expect(error?.reason == "REQUEST_ID_REUSED")
        try await eventually { nodes[0].media.files().count == 1 }
        #expect(try await shop.number { "SELECT count(*) AS n FROM sellers.document" } == 1)
      }
    }

    @Test("an application has twenty documents, and no more")
    func most() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let applicant = try await Applicant.make(nodes[0], shop)
        for number in 0..<StoredDocument.countMax {
          _ = try await applicant.upload(SellerDocument.pdf(100), name: "\(number)")
        }
        let error = await failure { _ = try await applicant.upload(SellerDocument.pdf(100)) }
        #expect(error?.code == .failedPrecondition && error?.reason == "SELLER_DOCUMENT_TOO_MANY")
        #expect(try await applicant.names() == (0..<StoredDocument.countMax).map(String.init))
      }
    }

    @Test("ten MiB have two minutes to arrive, so that who sends slowly keeps no place for long")
    func timeLimit() {
      let bytesPerSecond = Int64(DocumentContent.bytesMax) / DocumentUpload.timeLimit.components.seconds
      #expect(DocumentUpload.timeLimit <= .seconds(120) && bytesPerSecond < 100_000)
    }

    @Test("the application of the demo shop has documents, which staff read")
    func demoApplication() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (node, uploads) = (nodes[0], nodes[0].media.settings.uploads)
        let made = try await shop.run { database in
          let created = try await NewCustomer.create(
            email: DemoApplication.email, name: DemoApplication.applicant, database)
          let application = MadeApplication(
            slug: DemoApplication.slug, name: DemoApplication.name, trader: DemoApplication.trader)
          let id = try await application.submit(by: try #require(created), database, TestShop.vault)
          for (name, content) in DemoApplication.documents {
            try await MadeApplication.add(content, named: name, to: id, in: uploads, database, TestShop.vault)
          }
          return id.description
        }
        let inspected = try await node.inspect(made)
        #expect(inspected.documents.map(\.name.string) == DemoApplication.documents.map { $0.name })
        #expect(inspected.trader?.companyName == "Winter Garden Trading")
      }
    }

    @Test("eight uploads that have arrived and are not stored keep others out for ten minutes, and the error says so")
    func leftUploads() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let applicant = try await Applicant.make(nodes[0], shop)
        let application = applicant.application
        // As a server leaves them that ended.
        _ = try await shop.run { database in
          try await database.execute(
            """
            INSERT INTO sellers.document (id, application_id, content_type, size_bytes, sealed, remove_at, created_at)
            SELECT platform.uuid_v7(), \(application)::uuid, 'application/pdf', 100, '\\x00', now() + interval '1 hour',
                   now() - n * interval '1 minute'
              FROM generate_series(1, 8) n
            """)
        }
        let error = await failure { _ = try await applicant.upload(SellerDocument.pdf(100)) }
        #expect(error?.code == .unavailable && error?.reason == "SELLER_DOCUMENT_BUSY")
        let delay = try #require(error).delays.first ?? .zero
        #expect(delay >= .seconds(60) && delay <= .seconds(120), "\(delay)")
        _ = try await shop.run { database in
          try await database.execute("UPDATE sellers.document SET created_at = created_at - interval '2 minutes'")
        }
        _ = try await applicant.upload(SellerDocument.pdf(100))
        #expect(try await applicant.names() == ["Extract"])
      }
    }

    @Test("an applicant has two uploads at once, and sellers have their own")
    func uploadsAtOnce() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let applicant = try await Applicant.make(nodes[0], shop)
        var calls: [ClientStreamingCall<UploadSellerDocumentRequest, UploadSellerDocumentResponse>] = []
        for _ in 0..<UploadPlaces.countOfAccountMax { calls.append(try await applicant.begin()) }
        try await eventually { nodes[0].media.files().count == UploadPlaces.countOfAccountMax }
        let error = await failure { _ = try await applicant.upload(SellerDocument.pdf(100)) }
        #expect(error?.code == .unavailable && error?.reason == "SELLER_DOCUMENT_BUSY")
        #expect(error?.delays == [.seconds(10)])
        let product = try await nodes[0].product().id.string
        _ = try await nodes[0].upload(try await nodes[0].media.image(), to: product)
        for call in calls { call.cancel() }
        try await eventually { !nodes[0].media.files().contains { $0.hasPrefix("staging/") } }
      }
    }

    @Test("documents of an application that is decided stay as they are, and approval shows them")
    func decided() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let applicant = try await Applicant.make(nodes[0], shop)
        let seen = try await nodes[0].inspect(applicant.application).etag.string
        let document = try #require(try await applicant.upload(SellerDocument.pdf(100)).document).id.string
        let stale = await failure { _ = try await nodes[0].approve(applicant.application, etag: seen) }
        #expect(stale?.reason == "ETAG_MISMATCH", "staff have not seen the document")
        #expect(try await nodes[0].reject(applicant.application).documents.map(\.id.string) == [document])
        for attempt in [
          await failure { _ = try await applicant.upload(SellerDocument.pdf(100)) },
          await failure { try await applicant.delete(document) },
        ] {
          #expect(attempt?.code == .failedPrecondition && attempt?.reason == "APPLICATION_DECIDED")
        }
        #expect(try await nodes[0].download(document).bytes == SellerDocument.pdf(100))
        let recorded = try await shop.number {
          """
          SELECT count(*) AS n FROM audit.entry e
           WHERE e.action = 'sellers.document.download' AND e.resource_id = \(document)
          """
        }
        #expect(recorded == 1)
      }
    }

    @Test("nobody reads a document that the applicant has deleted, and its blob goes")
    func deleted() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let applicant = try await Applicant.make(nodes[0], shop)
        let document = try #require(try await applicant.upload(SellerDocument.pdf(100)).document).id.string
        let other = try await Applicant.make(nodes[0], shop)
        for attempt in [
          await failure { try await other.delete(document) },
          await failure { _ = try await other.upload(SellerDocument.pdf(100), to: applicant.application) },
        ] {
          #expect(attempt?.code == .notFound)
        }
        try await applicant.delete(document)
        #expect(try await applicant.names().isEmpty)
        let gone = await failure { _ = try await nodes[0].download(document) }
        #expect(gone?.code == .notFound)
        #expect(try await shop.number { "SELECT count(sealed) AS n FROM sellers.document" } == 0)
        // What is old is deleted by a clock that may be an hour late.
        _ = try await shop.run {
          try await $0.execute(
            "UPDATE sellers.document SET remove_at = platform.retention_time() - interval '1 minute'")
        }
        let upkeep = DocumentUpkeep(uploads: nodes[0].media.settings.uploads)
        let removed = try await shop.run { try await upkeep.remove($0) }
        #expect(removed == 1)
        #expect(nodes[0].media.files().isEmpty)
        #expect(try await shop.number { "SELECT count(*) AS n FROM sellers.document" } == 0)
      }
    }

    @Test("the documents of a rejected application go after their time, those of an approved one stay")
    func retention() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let rejected = try await Applicant.make(nodes[0], shop)
        let waiting = try await Applicant.make(nodes[0], shop)
        for applicant in [rejected, waiting] { _ = try await applicant.upload(SellerDocument.pdf(100)) }
        _ = try await nodes[0].reject(rejected.application)
        let upkeep = DocumentUpkeep(uploads: nodes[0].media.settings.uploads)
        let early = try await shop.run { try await upkeep.remove($0) }
        #expect(early == 0)
        #expect(try await Self.removable(shop) == 1)
        let days = Int32(DocumentUpkeep.retentionDays + 1)
        _ = try await shop.run {
          try await $0.execute("UPDATE sellers.document SET remove_at = remove_at - make_interval(days => \(days))")
        }
        let late = try await shop.run { try await upkeep.remove($0) }
        #expect(late == 1)
        #expect(try await rejected.names().isEmpty)
        #expect(try await waiting.names() == ["Extract"])
        #expect(nodes[0].media.files().count == 1)
      }
    }
  }
}

import EventLoop
import FastShopAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

/// A page of any list: its elements as they were sent, and the token of the next one.
private struct ListPage {
  private(set) var elements: [[UInt8]] = []
  private(set) var next = ""

  init(_ encoded: [UInt8], of response: MessageDescriptor) {
    for part in WireFields.parts(of: encoded) {
      guard let field = response.fields.first(where: { $0.number == part.number }) else { continue }
      if field.isRepeated {
        elements.append(Array(part.whole))
      } else if field.hasName("next_page_token") {
        next = String(decoding: part.content, as: UTF8.self)
      }
    }
  }
}

extension TestNode {
  fileprivate func page<Request: Message, Response: Message>(
    of method: ServiceDescriptor.Method, _ request: Request.Type, _ response: Response.Type, size: Int, token: String,
    _ options: CallOptions
  ) async throws -> ListPage {
    let json = "{\"page_size\": \(size), \"page_token\": \"\(token)\"}"
    let answer: Response = try await channel.unary(method.path, try Request(json: json, in: Arena()), options)
    return ListPage(try answer.encoded(), of: Response.descriptor)
  }

  /// All elements of a list, by pages of a size; no page has more.
  fileprivate func elements(
    of method: ServiceDescriptor.Method, by size: Int, _ options: CallOptions
  ) async throws -> [[UInt8]] {
    var (elements, token): ([[UInt8]], String) = ([], "")
    repeat {
      let page = try await page(of: method, method.input, method.output, size: size, token: token, options)
      #expect((1...size).contains(page.elements.count), "\(method.path) by \(size)")
      elements += page.elements
      token = page.next
    } while !token.isEmpty && elements.count < 2_000
    return elements
  }
}

extension ShopTests {
  /// Each list of the API, with at least two elements: the methods come from the descriptors.
  @Suite struct ListStatementTests {
    private static let sizes = [1, 250]

    @Test("no list needs more statements for more rows, whichever there is")
    func statementsOfLists() async throws {
      try await eachList { node, method, options in
        var (statements, elements): ([Int], [Int]) = ([], [])
        for size in Self.sizes {
          var page: ListPage?
          let asked = try await node.statements {
            page = try await node.page(of: method, method.input, method.output, size: size, token: "", options)
          }
          statements.append(asked)
          elements.append(page?.elements.count ?? 0)
        }
        #expect(elements[0] < elements[1], "\(method.path) has no second row: add two to BulkLoad of the demo shop")
        #expect(statements[0] == statements[1] && statements[0] > 0, "\(method.path): \(statements)")
      }
    }

    @Test("all pages of every list together are the whole list in its order, whatever their size")
    func pagesOfLists() async throws {
      try await eachList { node, method, options in
        let whole = try await node.elements(of: method, by: 250, options)
        #expect(Set(whole).count == whole.count, "\(method.path) has an element twice")
        for size in [1, 2, 5] {
          #expect(try await node.elements(of: method, by: size, options) == whole, "\(method.path) by \(size)")
        }
      }
    }

    private func eachList(
      _ body: (TestNode, ServiceDescriptor.Method, CallOptions) async throws -> Void
    ) async throws {
      let shop = try await TestShop.make(products: 30)
      _ = try await shop.run { database in
        try await database.execute(
          "INSERT INTO security.event (kind, at) SELECT 'new_device', now() FROM generate_series(1, 5)")
      }
      try await shop.audit(5)
      try await shop.serve(loops: 1) { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        try await PagedListTests.fill(environment)
        let options = try environment.options(for: .admin)
        let lists = TestNode.methods.filter { Self.hasPages($0.input) }
        #expect(lists.count >= 9)
        for method in lists { try await body(nodes[0], method, options) }
      }
    }

    private static func hasPages<Request: Message>(_ request: Request.Type) -> Bool {
      Request.descriptor.fields.contains { $0.hasName("page_size") }
    }
  }
}

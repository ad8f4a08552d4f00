import EventLoop
import FastShopAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension ShopTests {
  /// Each list of the API, with at least two elements: the methods come from the descriptors.
  @Suite struct ListStatementTests {
    private static let sizes = [1, 250]

    @Test("no list needs more statements for more rows, whichever there is")
    func statementsOfLists() async throws {
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
        let lists = TestNode.methods.filter(\.hasPages)
        #expect(lists.count >= 9)
        for method in lists {
          let fields = PagedListCase.all().first { $0.path == method.path }?.orders[0] ?? ""
          var (statements, elements): ([Int], [Int]) = ([], [])
          for size in Self.sizes {
            var page: ListPage?
            let asked = try await nodes[0].statements {
              page = try await nodes[0].page(of: method, size: size, fields: fields, options)
            }
            statements.append(asked)
            elements.append(page?.elements.count ?? 0)
          }
          #expect(elements[0] < elements[1], "\(method.path) has no second row: add two to BulkLoad of the demo shop")
          #expect(statements[0] == statements[1] && statements[0] > 0, "\(method.path): \(statements)")
        }
      }
    }
  }
}

import EventLoop
import FastShopAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension TestNode {
  /// How many bytes a call by JSON answers with.
  fileprivate func size<Request: Message, Response: Message>(
    of method: ServiceDescriptor.Method, _ request: Request.Type, _ response: Response.Type, _ json: String,
    _ options: CallOptions
  ) async throws -> Int {
    let answer: Response = try await channel.unary(method.path, try Request(json: json, in: Arena()), options)
    return try answer.encoded().count
  }
}

extension ShopTests {
  /// The same as ``StatementTests`` for each list of the API: the methods come from the descriptors.
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
        let node = nodes[0]
        let environment = try await AccessEnvironment(node)
        try await PagedListTests.fill(environment)
        let options = try environment.options(for: .admin)
        var lists = 0
        for method in TestNode.methods where Self.hasPages(method.input) {
          lists += 1
          var (statements, bytes): ([Int], [Int]) = ([], [])
          for size in Self.sizes {
            var answer = 0
            let asked = try await node.statements {
              answer = try await node.size(
                of: method, method.input, method.output, "{\"page_size\": \(size)}", options)
            }
            statements.append(asked)
            bytes.append(answer)
          }
          #expect(bytes[0] < bytes[1], "\(method.path) has no second row")
          #expect(statements[0] == statements[1] && statements[0] > 0, "\(method.path): \(statements)")
        }
        #expect(lists >= 9)
      }
    }

    private static func hasPages<Request: Message>(_ request: Request.Type) -> Bool {
      (try? Request(json: "{\"page_size\": 1}", in: Arena())) != nil
    }
  }
}

import Modules
import Platform
import RepositoryFiles
import Testing

extension ShopTests {
  /// A kind of job that no module names is enqueued and never run; a consumer that none names hears nothing.
  @Suite struct RegistrationTests {
    /// What the expression finds in the code of the modules.
    private static func declared(_ expression: Regex<(Substring, Substring)>) -> Set<String> {
      var found: Set<String> = []
      for (path, text) in Repository.texts where path.hasPrefix("Sources/") && path.hasSuffix(".swift") {
        let lines = text.split(separator: "\n")
        let code = lines.filter { !$0.trimmingPrefix(while: \.isWhitespace).hasPrefix("//") }.joined(separator: "\n")
        found.formUnion(code.matches(of: expression).map { String($0.output.1) })
      }
      return found
    }

    @Test func `every kind of job is one that servers run`() async throws {
      let kinds = Self.declared(#/(?:struct|class|enum) (\w+)\b.*: .*\bJobKind\b/#)
      #expect(kinds.contains("SendMail"))
      try await TestShop.make(products: 0).serve { nodes in
        let registered = Set(nodes[0].modules.jobKinds.map { String(describing: type(of: $0)) })
        #expect(kinds.subtracting(registered).isEmpty)
      }
    }

    @Test func `every consumer is one that servers run`() async throws {
      let consumers = Self.declared(#/\bConsumer\(\s*"([^"]+)"/#)
      #expect(consumers.contains("identity.lock_out_mails"))
      try await TestShop.make(products: 0).serve { nodes in
        #expect(consumers.subtracting(nodes[0].modules.consumers.map(\.name)).isEmpty)
      }
    }
  }
}

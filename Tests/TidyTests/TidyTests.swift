import OwnThread
import Testing

/// One rule after the other: each reads the whole tree, and all at once would leave the other tests no thread.
@Suite("The repository is tidy", .serialized)
struct TidyTests {
  @Test("holds everywhere", arguments: Rule.all)
  func holds(_ rule: Rule) async throws {
    let breaches = try await onOwnThread { rule.breaches(SourceTree.files) }
    #expect(breaches.isEmpty, "\(rule.name):\n\(breaches.joined(separator: "\n"))")
  }

  @Test("refuses what breaks it", arguments: Rule.all)
  func refuses(_ rule: Rule) {
    #expect(!rule.refuses.isEmpty, "a rule without a sample may never have failed")
    for sample in rule.refuses {
      #expect(!rule.breaches(sample).isEmpty, "\(rule.name) lets pass:\n\(sample.map(\.text).joined())")
    }
  }

  @Test("accepts what comes close", arguments: Rule.all)
  func accepts(_ rule: Rule) {
    for sample in rule.accepts {
      #expect(rule.breaches(sample) == [])
    }
  }

  @Test("the tree was read: each layer has files")
  func treeWasRead() {
    for folder in ["Sources", "Tests", "Scripts", "Clients", "docs"] {
      #expect(SourceTree.files.contains { $0.isUnder(folder) }, "nothing read under \(folder)")
    }
  }

  @Test("rules have names of their own")
  func distinctNames() {
    #expect(Set(Rule.all.map(\.name)).count == Rule.all.count)
  }
}

import Foundation
import RPC
import Testing

@testable import fastshop

@Suite struct APIReferenceTests {
  private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "docs/api.md")

  @Test func `docs api md is what make docs writes`() throws {
    let written = try String(contentsOf: Self.page, encoding: .utf8)
    let made = try APIReference(services: KnownServices.all).markdown()
    #expect(written == made, "docs/api.md is out of step with Proto/: run `make docs`")
  }

  @Test func `every method has its line`() throws {
    let made = try APIReference(services: KnownServices.all).markdown()
    for service in KnownServices.all {
      #expect(made.contains("## `\(service.fullName)`\n"))
      for method in service.methods { #expect(made.contains("\n| `\(method.name)`")) }
    }
  }

  @Test(arguments: [
    ("Finds it. NOT_FOUND otherwise.", "Finds it."), ("One\nsentence", "One sentence"), ("", ""),
    ("Version 1.2 of it. More.", "Version 1.2 of it."),
  ])
  func `a method is told by its first sentence`(comment: String, sentence: String) {
    #expect(APIReference.firstSentence(comment) == sentence)
  }
}

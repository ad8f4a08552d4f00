import FastShopAPI
import Foundation
import Platform
import ProtoSchema
import Protobuf
import RPC
import Testing

@testable import api_reference

@Suite struct APIReferenceTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The .proto files, with their comments, as protoc writes them.
  private static let encodedFiles = Result { () throws -> [UInt8] in
    let file = FileManager.default.temporaryDirectory.appending(path: "api-\(UUID().uuidString).binpb")
    defer { try? FileManager.default.removeItem(at: file) }
    let process = try Process.run(root.appending(path: "Scripts/describe-api.sh"), arguments: [file.path])
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return [UInt8](try Data(contentsOf: file))
  }

  /// The same, read.
  static func descriptors() throws -> DescriptorSet { try DescriptorSet(try encodedFiles.get()) }

  /// What `make docs` writes now, by its path below docs.
  private static let made = Result { () throws -> [String: String] in
    let pages = try APIReference.pages(try descriptors())
    return Dictionary(uniqueKeysWithValues: pages.map { ($0.name, $0.text) })
  }

  @Test func `the reference in docs is what make docs writes`() throws {
    let docs = Self.root.appending(path: "docs")
    let kept = try FileManager.default.contentsOfDirectory(atPath: docs.appending(path: "api").path)
    let made = try Self.made.get()
    #expect(Set(kept.map { "api/\($0)" } + ["api.md", "errors.md"]) == Set(made.keys), "run `make docs`")
    for (name, text) in made {
      let written = try String(contentsOf: docs.appending(path: name), encoding: .utf8)
      let line = Self.firstDifference(written, text)
      #expect(line == nil, "docs/\(name):\(line ?? 0) is not what `make docs` writes: run it")
    }
  }

  /// The number of the first line that differs: both pages in full would hide what to do.
  private static func firstDifference(_ one: String, _ other: String) -> Int? {
    if one == other { return nil }
    let lines = [one, other].map { $0.split(separator: "\n", omittingEmptySubsequences: false) }
    return (zip(lines[0], lines[1]).enumerated().first { $1.0 != $1.1 }?.offset ?? lines.map(\.count).min() ?? 0) + 1
  }

  @Test func `every method has its line, its section and its example`() throws {
    let made = try Self.made.get()
    for service in StandardServices.known(with: fastshopAPIServices) {
      #expect(made["api.md"]?.contains("## `\(service.fullName)`\n") == true)
      let page = made["api/\(Markdown.scope(of: service.fullName)).md"]
      for method in service.methods {
        #expect(made["api.md"]?.contains("\n| `\(method.name)`") == true)
        guard service.fullName.hasPrefix(PackagePage.shopPrefix) else { continue }
        #expect(page?.contains("\n### \(method.name)\n") == true)
        #expect(page?.contains("fastshop call \(service.fullName)/\(method.name) '") == true)
      }
    }
  }

  @Test func `the example of each method is a request of it`() throws {
    let made = try Self.made.get()
    for service in StandardServices.known(with: fastshopAPIServices)
    where service.fullName.hasPrefix(PackagePage.shopPrefix) {
      let page = try #require(made["api/\(Markdown.scope(of: service.fullName)).md"])
      for method in service.methods {
        let start = "fastshop call \(service.fullName)/\(method.name) '"
        let range = try #require(page.firstRange(of: start))
        let json = page[range.upperBound...].prefix { $0 != "'" }
        #expect(throws: Never.self, "\(method.path): \(json)") { try Self.read(String(json), as: method.input) }
      }
    }
  }

  private static func read<Request: Message>(_ json: String, as type: Request.Type) throws {
    _ = try type.init(json: json, in: Arena())
  }

  @Test(arguments: [
    ("Finds it. NOT_FOUND otherwise.", "Finds it."), ("One\nsentence", "One sentence"), ("", ""),
    ("Version 1.2 of it. More.", "Version 1.2 of it."),
  ])
  func `a method is told by its first sentence`(comment: String, sentence: String) {
    #expect(Markdown.firstSentence(comment) == sentence)
  }

  @Test func `every reason is written as one word and only once`() {
    let names = ReasonIndex.all.groups.flatMap(\.entries).map(\.name)
    #expect(Set(names).count == names.count)
    for name in names { #expect(name.wholeMatch(of: /[A-Z][A-Z0-9]*(_[A-Z0-9]+)*/) != nil, "\(name)") }
  }
}

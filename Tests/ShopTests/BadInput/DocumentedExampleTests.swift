import Foundation
import Protobuf
import RPC
import RepositoryFiles
import Testing

/// The examples of the reference, by the rules of their fields. What the server says to them is an end-to-end test.
@Suite struct DocumentedExampleTests {
  private static let examplesMin = 150

  @Test("the examples of the reference leave out what the server ignores")
  func ignoredFields() throws {
    let pages = Repository.texts.filter { $0.path.hasPrefix("docs/api/") }
    var count = 0
    for method in TestNode.methods {
      let start = "fastshop call \(method.path.dropFirst()) '"
      guard let page = pages.first(where: { $0.text.contains(start) })?.text, let range = page.firstRange(of: start)
      else { continue }
      let json = page[range.upperBound...].prefix { $0 != "'" }
      let example = try JSONSerialization.jsonObject(with: Data(json.utf8))
      let rules = InputRow.row(of: method.path)?.rules ?? [:]
      for field in RequestField.all(of: method.input.descriptor) where rules[field.path]?.isIgnored == true {
        let names = field.descriptors.map(\.jsonName)
        #expect(!Self.has(names[...], in: example), "\(method.path): \(field.path) is ignored")
      }
      count += 1
    }
    #expect(count >= Self.examplesMin)
  }

  /// Whether there is a field with these names, in any element of lists.
  private static func has(_ names: ArraySlice<String>, in value: Any) -> Bool {
    guard let name = names.first else { return true }
    if let list = value as? [Any] { return list.contains { has(names, in: $0) } }
    guard let inner = (value as? [String: Any])?[name] else { return false }
    return has(names.dropFirst(), in: inner)
  }
}

import Protobuf
import RPC
import RepositoryFiles
import Testing

@testable import Catalog

extension ShopTests {
  /// The numbers in the comments of the API are those of the code.
  @Suite struct StatedBoundsTests {
    /// Prices that products are filtered by: any.
    private static let unstated: Set<String> = ["page_size", "min_price_minor", "max_price_minor"]

    /// How many elements lists of messages may have, which no ``InputRule`` says.
    private static let lists: [(field: String, most: Int)] = [
      ("fastshop.catalog.v1.Product.attributes", AttributeDefinitions.attributesMax),
      ("fastshop.catalog.v1.Product.images", ProductImages.countMax),
      ("fastshop.catalog.v1.ProductType.attributes", AttributeDefinitions.attributesMax),
      ("fastshop.catalog.v1.Variant.options", OptionMatrix.axesMax),
      ("fastshop.catalog.v1.CreateVariantsRequest.axes", OptionMatrix.axesMax),
      ("fastshop.catalog.v1.CreateVariantsRequest.axes", OptionMatrix.combinationsMax),
    ]

    @Test("what a field may hold at most stands in its comment, as the code has it")
    func statedBounds() {
      let comments = ProtoComments()
      var compared = 0
      for row in InputRow.all {
        guard let method = TestNode.methods.first(where: { $0.path == "/\(row.method)" }) else { continue }
        for field in RequestField.all(of: method.input.descriptor) {
          guard let most = row.rules[field.path]?.most, most < Int64(Int32.max), !Self.unstated.contains(field.own.name)
          else { continue }
          // What an amount may be is said of the field with the money.
          let named = field.own.name == "amount_minor" ? Array(field.descriptors.dropLast()) : field.descriptors
          let message = named.dropLast().last?.message?.fullName ?? method.input.descriptor.fullName
          let name = "\(message).\(named[named.count - 1].name)"
          #expect(comments.state(most, of: name), "\(name): \(most), of \(row.method)")
          compared += 1
        }
      }
      #expect(compared > 50)
      for (field, most) in Self.lists { #expect(comments.state(Int64(most), of: field), "\(field): \(most)") }
    }

    @Test("a number is found in a comment as it is written, and not in a part of another one")
    func numbersInComments() {
      let comments = ProtoComments(
        of: """
          package a.v1;
          // A.
          message A {
            // Up to 1,000,
            // of 25.
            string b = 1;
          }
          """)
      #expect(comments.state(1_000, of: "a.v1.A.b") && comments.state(25, of: "a.v1.A.b"))
      #expect(!comments.state(5, of: "a.v1.A.b") && !comments.state(100, of: "a.v1.A.b"))
      #expect(!comments.state(1_000, of: "a.v1.A.c"))
    }
  }
}

/// The comments of the fields in .proto files.
private struct ProtoComments {
  /// By the full names of the fields.
  private var comments: [String: String] = [:]

  /// Of the API.
  init() {
    for file in Repository.texts where file.path.hasPrefix("Proto/fastshop/") && file.path.hasSuffix(".proto") {
      read(file.text)
    }
  }

  /// Of a file.
  init(of text: String) { read(text) }

  /// Whether the comment of a field has a number, with commas or without.
  func state(_ number: Int64, of field: String) -> Bool {
    let text = (comments[field] ?? "").replacing(#/(\d),(?=\d{3})/#) { $0.1 }
    return text.split { !$0.isNumber }.contains { $0 == "\(number)" }
  }

  private mutating func read(_ text: String) {
    var (package, comment) = ("", "")
    // The names of the messages around; empty for another block.
    var blocks: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let line = line.drop { $0 == " " }
      if line.hasPrefix("//") {
        comment += line.dropFirst(2)
        continue
      }
      if let match = line.prefixMatch(of: #/package ([\w.]+);/#) { package = String(match.1) }
      if line.hasSuffix("{") {
        blocks.append(line.prefixMatch(of: #/message (\w+)/#).map { String($0.1) } ?? "")
      } else if line.hasPrefix("}") {
        _ = blocks.popLast()
      } else if let match = line.prefixMatch(of: #/(?:repeated |optional )?(?:map<[^>]+>|[\w.]+) (\w+) = \d+/#) {
        let message = blocks.filter { !$0.isEmpty }.joined(separator: ".")
        comments["\(package).\(message).\(match.1)"] = comment
      }
      comment = ""
    }
  }
}

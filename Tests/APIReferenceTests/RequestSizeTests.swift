import FastShopAPI
import Foundation
import Platform
import ProtoSchema
import Protobuf
import RPC
import Testing

@testable import api_reference

/// Every method takes the largest request that its fields allow, by what their comments say, in the longest form.
@Suite struct RequestSizeTests {
  /// JSON may write each character of a text as two escaped halves.
  private static let characterBytes = 12
  /// Ids, tokens and codes, whose comments name no limit: theirs is not one of characters.
  private static let otherTextBytes = 1_024
  /// Quotes, a comma, a colon, and the field's name beside it.
  private static let punctuationBytes = 6
  private static let numberBytes = 24

  @Test func `the largest request of every method is within its limit`() throws {
    let index = SchemaIndex(try APIReferenceTests.descriptors().files)
    var count = 0
    for service in StandardServices.known(with: fastshopAPIServices)
    where service.fullName.hasPrefix(PackagePage.shopPrefix) {
      for (method, policy) in try DeclaredPolicies(service).all {
        let request = try #require(index.message(method.input.descriptor.fullName))
        let largest = Self.bytes(saidBy: request.comment) ?? Self.largest(request, index)
        #expect(
          largest <= policy.requestBytesMax,
          """
          \(method.path) takes \(policy.requestBytesMax) bytes, and its fields allow \(largest) in JSON: \
          set request_bytes_max in its policy
          """)
        count += 1
      }
    }
    #expect(count > 50)
  }

  /// The number of "at most 4 MiB in all": whoever has more sends several requests.
  private static func bytes(saidBy comment: String) -> Int? {
    comment.firstMatch(of: #/at most (\d+) MiB in all/#).flatMap { Int($0.1) }.map { $0 << 20 }
  }

  private static func largest(_ message: MessageSchema, _ index: SchemaIndex) -> Int {
    message.fields.reduce(2) { total, field in
      let one = largest(field, index)
      let times = field.label == .repeated ? number(before: nil, in: field.comment) ?? 1 : 1
      return total + field.jsonName.utf8.count + punctuationBytes + times * (one + punctuationBytes)
    }
  }

  private static func largest(_ field: FieldSchema, _ index: SchemaIndex) -> Int {
    if let message = index.message(field.typeName) { return largest(message, index) }
    guard field.type == .string || field.type == .bytes else { return numberBytes }
    // A list says how many texts it has, and perhaps how long each is; ids have 36 characters.
    if let characters = number(before: "characters", in: field.comment) { return characters * characterBytes }
    return field.label == .repeated ? 36 : otherTextBytes
  }

  /// The number behind "to" in what a comment says: "1 to 250", "up to 500 characters".
  private static func number(before unit: String?, in comment: String) -> Int? {
    let words = comment.split { $0.isWhitespace }
    for index in words.indices.dropFirst() where words[index - 1].lowercased() == "to" {
      let digits = words[index].filter { $0 != "," && $0 != ":" && $0 != ";" && $0 != "." }
      guard let number = Int(digits) else { continue }
      guard let unit else { return number }
      if index + 1 < words.endIndex, words[index + 1].hasPrefix(unit) { return number }
    }
    return nil
  }
}

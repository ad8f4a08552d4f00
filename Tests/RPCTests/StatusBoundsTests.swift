import Protobuf
import Testing

@testable import RPC

/// How much of an error goes over the wire, whatever a handler throws.
@Suite struct StatusBoundsTests {
  private static let long = String(repeating: "\u{1F600}a", count: 100_000)
  private static let retry = ErrorDetail.retryInfo(delay: .seconds(7))
  private static let reason = ErrorDetail.errorInfo(reason: "WHY", domain: "d", metadata: ["key": "value"])

  private static func violations(_ count: Int, _ description: String = "There is no such variant.") -> ErrorDetail {
    .badRequest((0..<count).map { .init(field: "variant_ids[\($0)]", description: description) })
  }

  private static func resources(_ count: Int) -> [ErrorDetail] {
    (0..<count).map { .resourceInfo(type: "a.Thing", name: "thing-\($0)", description: "It does not exist.") }
  }

  private func told(_ details: [ErrorDetail], _ message: String = "no") throws -> [ErrorDetail] {
    let error = RPCError(.notFound, message, details: details)
    let encoded = try #require(error.encodedDetails)
    #expect(encoded.count <= StatusBounds.detailsBytesMax)
    return RPCError.decodeDetails(encoded)
  }

  @Test func whatIsShortIsToldWhole() throws {
    let details = [Self.violations(10), Self.retry, Self.reason] + Self.resources(3)
    #expect(try told(details) == details)
  }

  @Test(arguments: [70, 250, 300, 10_000])
  func aLongListEndsWithHowManyMoreThereAre(_ count: Int) throws {
    let told = try told([Self.violations(count), Self.retry, Self.reason])
    guard case .badRequest(let violations) = told.first else { return #expect(Bool(false), "\(told)") }
    #expect(violations.count > 30)
    #expect(violations.last == .init(field: "variant_ids", description: "and \(count - violations.count + 1) more"))
    #expect(violations.dropLast().map(\.field) == (0..<(violations.count - 1)).map { "variant_ids[\($0)]" })
    // What a program acts on stands behind the list and is told all the same.
    #expect(told.dropFirst() == [Self.retry, Self.reason])
  }

  @Test func manyDetailsEndWithHowManyMoreThereAre() throws {
    let told = try told(Self.resources(250) + [Self.retry])
    guard case .resourceInfo("a.Thing", "", let description) = told.last else { return #expect(Bool(false), "\(told)") }
    #expect(description == "and \(250 - (told.count - 2)) more" && told.contains(Self.retry))
  }

  @Test func noTextIsTooLong() throws {
    let details: [ErrorDetail] = [
      Self.violations(5, Self.long), .quotaFailure([.init(subject: Self.long, description: Self.long)]),
      .errorInfo(reason: Self.long, domain: Self.long, metadata: [Self.long: Self.long]),
      .preconditionFailure([.init(type: Self.long, subject: Self.long, description: Self.long)]),
      .resourceInfo(type: Self.long, name: Self.long, description: Self.long),
    ]
    let told = try told(details, Self.long)
    guard case .badRequest(let violations) = told.first else { return #expect(Bool(false), "\(told)") }
    let description = violations[0].description
    #expect(description.utf8.count <= StatusBounds.textBytesMax && description.hasSuffix("..."))
    #expect(!description.contains("\u{fffd}"))
  }

  @Test(arguments: ["a", "%", "\u{e9}", "\u{1F600}", "\n", "e\u{301}"])
  func theSentenceIsCutAtACharacter(_ character: String) {
    for count in [1, 100, 340, 341, 342, 1023, 1024, 1025, 100_000] {
      let text = String(repeating: character, count: count)
      let encoded = PercentEncoding.encode(RPCError(.internal, text).boundedMessage)
      #expect(encoded.count <= StatusBounds.messageBytesMax)
      let decoded = PercentEncoding.decode(String(decoding: encoded, as: UTF8.self))
      if PercentEncoding.encode(text).count <= StatusBounds.messageBytesMax {
        #expect(decoded == text)
      } else {
        #expect(decoded.hasSuffix("...") && text.unicodeScalars.starts(with: decoded.dropLast(3).unicodeScalars))
        #expect(encoded.count > StatusBounds.messageBytesMax - 20)
      }
    }
  }

  @Test func everyDialectIsBoundedAlike() {
    let error = RPCError(
      .invalidArgument, Self.long, details: [Self.violations(10_000, Self.long)] + Self.resources(1_000))
    #expect(ConnectError.json(error).utf8.count < 16_384)
    let fields = Metadata(status: error, trailers: [:]).entries
    let trailers = fields.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    // What gRPC C takes without a word, half of a block's usual limit.
    #expect(trailers < 8_192)
  }
}

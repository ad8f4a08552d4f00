import Foundation
import TestAPI
import Testing

@testable import Protobuf

@Suite("proto3 JSON against Google's library")
struct JSONGoldenTests {
  private let arena = Arena()
  private let reading = JSONReadingOptions(types: GoldenFile.anyTypes)

  @Test("is written as Google's library writes it", arguments: GoldenFile.shared.canonical)
  func writes(_ golden: GoldenFile.Canonical) throws {
    let type = try #require(GoldenFile.types[golden.type])
    let message = try type.init(decoding: Array(golden.bytes), in: arena)
    #expect(try message.json(JSONWritingOptions(types: GoldenFile.anyTypes)) == golden.json)
    #expect(try message.json(JSONWritingOptions(isPretty: true, types: GoldenFile.anyTypes)) == golden.prettyJSON)
  }

  @Test("is read to the same bytes, compact or pretty", arguments: GoldenFile.shared.canonical)
  func reads(_ golden: GoldenFile.Canonical) throws {
    let type = try #require(GoldenFile.types[golden.type])
    for json in [golden.json, golden.prettyJSON] {
      #expect(try Data(type.init(json: json, in: arena, options: reading).encoded()) == golden.bytes)
    }
  }

  @Test("is understood in its other spellings", arguments: GoldenFile.shared.acceptedJSON)
  func accepts(_ golden: GoldenFile.Accepted) throws {
    let type = try #require(GoldenFile.types[golden.type])
    let message: any Message = try type.init(json: golden.source, in: arena, options: reading)
    try expect(message, encodesTo: golden)
  }

  @Test("is refused where Google's library refuses it", arguments: GoldenFile.shared.refusedJSON)
  func refuses(_ golden: GoldenFile.Refused) throws {
    let type = try #require(GoldenFile.types[golden.type])
    #expect(throws: JSONError.self) { try type.init(json: golden.source, in: arena, options: reading) }
  }

  @Test("writes the same defaults when asked to", arguments: GoldenFile.shared.defaults)
  func writesDefaults(_ golden: GoldenFile.Defaults) throws {
    let type = try #require(GoldenFile.types[golden.type])
    let json = try type.init(in: arena).json(JSONWritingOptions(writesDefaults: true))
    #expect(json == golden.json)
  }
}

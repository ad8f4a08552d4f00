import Foundation
import TestAPI
import Testing

@testable import Protobuf

@Suite("text format against Google's library")
struct TextFormatGoldenTests {
  private let arena = Arena()

  @Test("is written as Google's library writes it", arguments: GoldenFile.shared.canonical)
  func writes(_ golden: GoldenFile.Canonical) throws {
    let type = try #require(GoldenFile.types[golden.type])
    let message = try type.init(decoding: Array(golden.bytes), in: arena)
    #expect(message.textFormat(types: GoldenFile.anyTypes) == golden.text)
  }

  @Test("is read to the same bytes", arguments: GoldenFile.shared.canonical)
  func reads(_ golden: GoldenFile.Canonical) throws {
    let type = try #require(GoldenFile.types[golden.type])
    let message = try type.init(textFormat: golden.text, in: arena, types: GoldenFile.anyTypes)
    #expect(try Data(message.encoded()) == golden.bytes)
  }

  @Test("describes a message in one line", arguments: GoldenFile.shared.canonical)
  func describes(_ golden: GoldenFile.Canonical) throws {
    let type = try #require(GoldenFile.types[golden.type])
    let message = try type.init(decoding: Array(golden.bytes), in: arena)
    #expect(message.description == golden.line)
  }

  @Test("is understood in its other spellings", arguments: GoldenFile.shared.acceptedText)
  func accepts(_ golden: GoldenFile.Accepted) throws {
    let type = try #require(GoldenFile.types[golden.type])
    let message: any Message = try type.init(textFormat: golden.source, in: arena)
    try expect(message, encodesTo: golden)
  }

  @Test("is refused where Google's library refuses it", arguments: GoldenFile.shared.refusedText)
  func refuses(_ golden: GoldenFile.Refused) throws {
    let type = try #require(GoldenFile.types[golden.type])
    #expect(throws: TextFormatError.self) { try type.init(textFormat: golden.source, in: arena) }
  }
}

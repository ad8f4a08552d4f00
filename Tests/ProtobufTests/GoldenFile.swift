import Foundation
import TestAPI
import Testing

@testable import Protobuf

/// What Google's own library makes of the test schema: `Golden/golden.json`, made by `Golden/make_golden.py`.
struct GoldenFile: Decodable {
  struct Canonical: Decodable, CustomTestStringConvertible, Sendable {
    let name: String
    let type: String
    let bytes: Data
    let json: String
    let prettyJSON: String
    let text: String
    let line: String
    var testDescription: String { name }
  }

  struct Accepted: Decodable, CustomTestStringConvertible, Sendable {
    let type: String
    let source: String
    let bytes: Data
    var testDescription: String { "\(type) \(source)" }
  }

  struct Refused: Decodable, CustomTestStringConvertible, Sendable {
    let type: String
    let source: String
    var testDescription: String { "\(type) \(source)" }
  }

  struct Defaults: Decodable, Sendable {
    let type: String
    let json: String
  }

  let canonical: [Canonical]
  let defaults: [Defaults]
  let acceptedJSON: [Accepted]
  let acceptedText: [Accepted]
  let refusedJSON: [Refused]
  let refusedText: [Refused]

  static let shared: GoldenFile = {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/golden.json")
    guard let data = try? Data(contentsOf: path),
      let file = try? JSONDecoder().decode(GoldenFile.self, from: data)
    else { fatalError("no golden file at \(path.path())") }
    return file
  }()

  /// The message types of the cases.
  static let types: [String: any Message.Type] = [
    "Everything": Everything.self, "Scalars": Scalars.self, "Optionals": Optionals.self, "Lists": Lists.self,
    "Maps": Maps.self, "Choice": Choice.self, "WellKnown": WellKnown.self,
    "google.protobuf.Int64Value": Int64Value.self, "google.protobuf.BoolValue": BoolValue.self,
    "google.protobuf.Timestamp": Timestamp.self,
  ]

  /// What an Any may hold in the cases.
  static let anyTypes = TypeRegistry([
    Everything.self, Scalars.self, Choice.self, WellKnown.self, ProtobufDuration.self, StringValue.self,
  ])
}

/// Maps may be encoded in any order, and their entries with or without defaults: they are compared as JSON.
func expect<M: Message>(
  _ message: M, encodesTo golden: GoldenFile.Accepted, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  if golden.type == "Maps" {
    let reference = try M(decoding: Array(golden.bytes), in: message.storage.arena)
    let (json, referenceJSON) = (try message.jsonBytes(), try reference.jsonBytes())
    #expect(
      try JSONSerialization.jsonObject(with: Data(json)) as? NSDictionary
        == JSONSerialization.jsonObject(with: Data(referenceJSON)) as? NSDictionary, sourceLocation: sourceLocation)
  } else {
    #expect(try Data(message.encoded()) == golden.bytes, sourceLocation: sourceLocation)
  }
}

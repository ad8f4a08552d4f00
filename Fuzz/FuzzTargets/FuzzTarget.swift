package import Protobuf
import TestAPI

/// What must hold for any input. The first byte says which message type it is for; the rest is the input.
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// Bytes of protobuf's wire format.
  case decode
  /// Proto3 JSON.
  case json
  /// Protobuf's text format.
  case text

  /// The types that inputs may be for, in the order of the first byte.
  package static let types: [any Message.Type] = [
    Everything.self, Scalars.self, Optionals.self, Lists.self, Maps.self, Choice.self, WellKnown.self,
    OlderScalars.self,
  ]

  /// Memory that one input may fill, in bytes.
  static let arenaLimitBytes = 4 << 20

  static let registry = TypeRegistry(types)

  /// Runs one input; stops the process when something does not hold.
  package func run(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let type: any Message.Type = FuzzTarget.types[Int(first) % FuzzTarget.types.count]
    check(type, Array(input.dropFirst()))
  }

  private func check<M: Message>(_ type: M.Type, _ input: [UInt8]) {
    let arena = Arena(limit: FuzzTarget.arenaLimitBytes)
    switch self {
    case .decode:
      guard let message = try? type.init(decoding: input, in: arena) else { return }
      RoundTrip.bytes(message)
      RoundTrip.json(message, mustBeWritable: false)
      RoundTrip.text(message)
    case .json:
      let reading = JSONReadingOptions(ignoresUnknown: input.count % 2 == 0, types: FuzzTarget.registry)
      guard let message = try? type.init(json: input, in: arena, options: reading) else { return }
      RoundTrip.bytes(message)
      RoundTrip.json(message, mustBeWritable: true)
    case .text:
      let text = String(decoding: input, as: UTF8.self)
      guard let message = try? type.init(textFormat: text, in: arena, types: FuzzTarget.registry) else { return }
      RoundTrip.bytes(message)
      RoundTrip.text(message)
    }
  }
}

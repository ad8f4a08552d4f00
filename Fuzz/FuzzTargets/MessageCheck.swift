import Protobuf
import TestAPI

/// What is read as a message can be written and read again. The first byte says which message type it is for.
enum MessageCheck {
  /// The types that inputs may be for, in the order of the first byte.
  private static let types: [any Message.Type] = [
    Everything.self, Scalars.self, Optionals.self, Lists.self, Maps.self, Choice.self, WellKnown.self,
    OlderScalars.self,
  ]

  /// Memory that one input may fill, in bytes.
  static let arenaLimitBytes = 4 << 20

  static let registry = TypeRegistry(types)

  static func run(_ target: FuzzTarget, _ input: [UInt8]) {
    guard let first = input.first else { return }
    let type: any Message.Type = types[Int(first) % types.count]
    check(target, type, Array(input.dropFirst()))
  }

  private static func check<M: Message>(_ target: FuzzTarget, _ type: M.Type, _ input: [UInt8]) {
    let arena = Arena(limit: arenaLimitBytes)
    switch target {
    case .json:
      let reading = JSONReadingOptions(ignoresUnknown: input.count % 2 == 0, types: registry)
      guard let message = try? type.init(json: input, in: arena, options: reading) else { return }
      RoundTrip.bytes(message)
      RoundTrip.json(message, mustBeWritable: true)
    case .text:
      let text = String(decoding: input, as: UTF8.self)
      guard let message = try? type.init(textFormat: text, in: arena, types: registry) else { return }
      RoundTrip.bytes(message)
      RoundTrip.text(message)
    default:
      guard let message = try? type.init(decoding: input, in: arena) else { return }
      RoundTrip.bytes(message)
      RoundTrip.json(message, mustBeWritable: false)
      RoundTrip.text(message)
    }
  }
}

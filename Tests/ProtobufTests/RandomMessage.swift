import Protobuf
import SeededRandom

/// Fills messages at random from their descriptors, the same for the same seed.
struct RandomMessage {
  private var random: SplitMix
  /// No submessages below this depth.
  private let depthMax = 4

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  /// Sets about half of the fields of `message`.
  mutating func fill(_ message: MessageStorage, depth: Int = 1) {
    for field in message.descriptor.fields where random.chance(1, in: 2) {
      if field.type == .message, depth == depthMax { continue }
      guard field.isRepeated else {
        setValue(message.slotForWriting(field), depth: depth)
        continue
      }
      for _ in 0..<random.below(6) {
        guard let slot = message.append(field) else { return }
        setValue(slot, depth: depth)
      }
    }
  }

  private mutating func setValue(_ slot: ValueSlot, depth: Int) {
    switch slot.field.type {
    case .int32, .sint32, .sfixed32: slot.set(Int32(truncatingIfNeeded: number()))
    case .enumeration: slot.set(Int32(random.below(7)) - 3)
    case .int64, .sint64, .sfixed64: slot.set(Int64(bitPattern: number()))
    case .uint32, .fixed32: slot.set(UInt32(truncatingIfNeeded: number()))
    case .uint64, .fixed64: slot.set(number())
    case .float: slot.set(Float(random.below(1000)) / 8 + 1)
    case .double: slot.set(Double(random.below(100_000)) / 64 + 1)
    case .bool: slot.set(random.chance(1, in: 2))
    case .string: slot.set(slot.arena.text(text()))
    case .bytes: slot.set(slot.arena.bytes((0..<random.below(40)).map { _ in UInt8(random.below(256)) }))
    case .message:
      guard let message = slot.messageForWriting() else { return }
      switch message.descriptor.fullName {
      case "google.protobuf.Timestamp": fill(Timestamp(storage: message))
      case "google.protobuf.Duration": fill(ProtobufDuration(storage: message))
      default: fill(message, depth: depth + 1)
      }
    }
  }

  /// Of the years 1 to 9999, for others are refused.
  private mutating func fill(_ time: Timestamp) {
    time.seconds = Int64(random.below(315_537_897_600)) - 62_135_596_800
    time.nanos = Int32(random.below(1_000_000_000))
  }

  private mutating func fill(_ duration: ProtobufDuration) {
    let sign: Int64 = random.chance(1, in: 2) ? 1 : -1
    duration.seconds = sign * Int64(random.below(315_576_000_001))
    duration.nanos = Int32(sign) * Int32(random.below(1_000_000_000))
  }

  /// Numbers of all lengths as varints.
  private mutating func number() -> UInt64 { random.next() >> UInt64(random.below(64)) }

  private mutating func text() -> String {
    let characters: [Character] = ["a", "z", " ", "\"", "\n", "é", "ß", "漢", "🛒", "\u{7f}", "\u{ffff}"]
    return String((0..<random.below(50)).map { _ in characters[random.below(characters.count)] })
  }
}

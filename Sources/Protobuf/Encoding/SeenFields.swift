/// The fields of a message that have been decoded.
struct SeenFields {
  private var first: UInt64 = 0
  /// For messages of more than 64 fields.
  private var others: [UInt64] = []

  init(_ count: Int) {
    if count > 64 { others = Array(repeating: 0, count: (count - 1) / 64) }
  }

  /// False when the field has come before.
  @inline(__always)
  mutating func insert(_ index: Int) -> Bool {
    let bit: UInt64 = 1 << UInt64(index & 63)
    if index < 64 {
      defer { first |= bit }
      return first & bit == 0
    }
    defer { others[index / 64 - 1] |= bit }
    return others[index / 64 - 1] & bit == 0
  }
}

import RPC

/// What our parser says of a timeout is what the words of `PROTOCOL-HTTP2.md` say, and what we write can be read.
enum TimeoutCheck {
  private static let secondsByUnit: [Character: Double] = [
    "H": 3600, "M": 60, "S": 1, "m": 1e-3, "u": 1e-6, "n": 1e-9,
  ]

  static func run(_ input: [UInt8]) {
    let ours = input.withUnsafeBufferPointer { GRPCTimeout.parse($0) }
    let exact = seconds(input)
    mustHold((ours == nil) == (exact == nil), "one accepts what the other refuses")
    if let ours, let exact {
      let expected = min(exact * 1e9, Double(GRPCTimeout.longest))
      mustHold(abs(Double(ours) - expected) <= expected * 1e-12, "another time")
    }
    // The input once more, as a number to write.
    let number = input.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    writes(number)
    if let ours { writes(ours) }
  }

  /// TimeoutValue TimeoutUnit: at most 8 ASCII digits, then one letter.
  private static func seconds(_ input: [UInt8]) -> Double? {
    guard input.allSatisfy({ $0 < 0x80 }) else { return nil }
    let text = String(decoding: input, as: UTF8.self)
    guard let match = text.wholeMatch(of: #/([0-9]{1,8})([HMSmun])/#), let amount = Double(match.output.1),
      let unit = secondsByUnit[Character(String(match.output.2))]
    else { return nil }
    return amount * unit
  }

  /// What is written is read as the same time or a little more, never less: by no more than the 8 digits cannot say.
  private static func writes(_ nanoseconds: Int64) {
    let wanted = min(max(0, nanoseconds), GRPCTimeout.longest)
    let text = Array(GRPCTimeout.format(nanoseconds: nanoseconds).utf8)
    guard let read = text.withUnsafeBufferPointer({ GRPCTimeout.parse($0) }) else {
      fatalError("what is written cannot be read")
    }
    mustHold(read >= wanted, "a shorter time was written")
    mustHold(Double(read) <= Double(wanted) * 1.0001, "a much longer time was written")
  }
}

/// What a server says about trying again, in `grpc-retry-pushback-ms` (gRFC A6).
enum RetryPushback: Equatable {
  /// Nothing.
  case none
  /// After so many milliseconds.
  case wait(milliseconds: Int64)
  /// Not at all.
  case never

  /// Digits of a 32-bit integer at most.
  private static let digitsMax = 10

  /// Reads one field's value. A number below 0, or what is no number, is the wish not to be asked again.
  init(_ value: some Collection<UInt8>) {
    let digits = value.count <= Self.digitsMax && value.allSatisfy { (0x30...0x39).contains($0) }
    let hasNeedlessZero = value.count > 1 && value.first == 0x30
    guard digits, !hasNeedlessZero, let amount = Int32(String(decoding: value, as: UTF8.self)) else {
      self = .never
      return
    }
    self = .wait(milliseconds: Int64(amount))
  }
}

internal import CNGHTTP2

/// The usual headers of a response to a caller with a quota, for nghttp2. They are on the stack, because every call has
/// them.
enum QuotaFields {
  /// Digits of a number of 64 bits.
  private static let digitsMax = 20

  /// `:status`, `content-type` and the three fields of the quota, whose values follow; nghttp2 copies those alone.
  private static let usual = StaticFields([
    (":status", "200"), ("content-type", "application/grpc"), ("ratelimit-limit", ""), ("ratelimit-remaining", ""),
    ("ratelimit-reset", ""),
  ])

  /// Calls `body` with the fields. What changes from answer to answer is put into the connection's table of fields with
  /// its first answer only, for its name: nghttp2 goes through all entries of a name.
  @inline(__always)
  static func with(_ quota: CallQuota, isFirst: Bool, _ body: (UnsafeMutableBufferPointer<nghttp2_nv>) -> Void) {
    withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: usual.fields.count) { fields in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 3 * digitsMax) { digits in
        _ = fields.initialize(from: usual.fields)
        var end = digits.baseAddress! + 3 * digitsMax
        let fleeting = isFirst ? NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue : notIndexed
        set(&fields[2], quota.limit, NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue, before: &end)
        set(&fields[3], quota.remaining, fleeting, before: &end)
        set(&fields[4], quota.resetSeconds, fleeting, before: &end)
        body(fields)
      }
    }
  }

  private static var notIndexed: UInt32 {
    NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_INDEX.rawValue
  }

  /// Writes a number before `end`, which moves in front of it.
  private static func set(
    _ field: inout nghttp2_nv, _ number: Int64, _ flags: UInt32, before end: inout UnsafeMutablePointer<UInt8>
  ) {
    var rest = UInt64(max(0, number))
    var count = 0
    repeat {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      end -= 1
      end.pointee = UInt8(ascii: "0") + UInt8(digit)
      rest = quotient
      count += 1
    } while rest > 0
    field.value = end
    field.valuelen = count
    field.flags = UInt8(flags)
  }
}

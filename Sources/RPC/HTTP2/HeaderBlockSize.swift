/// The decoded size of one header block. Above a call's limits the call is refused. Above them by this much, decoding
/// stops and the connection ends.
struct HeaderBlockSize {
  /// The maximum size of a header block, as a multiple of a call's limits.
  private static let timesLimitMax = 4
  /// The bytes that HTTP/2 adds to each field's length (RFC 9113, section 6.5.2).
  private static let overheadBytes = 32

  private let bytesMax: Int
  private let countMax: Int
  private var bytes = 0
  private var count = 0

  /// Bounds of a server.
  init(_ limits: RPCLimits = RPCLimits()) {
    bytesMax = limits.headerBytesMax * Self.timesLimitMax
    countMax = limits.headerCountMax * Self.timesLimitMax
  }

  mutating func begin() {
    bytes = 0
    count = 0
  }

  /// - Returns: whether one more field is within the limits.
  @inline(__always)
  mutating func add(_ nameLength: Int, _ valueLength: Int) -> Bool {
    bytes &+= nameLength &+ valueLength &+ Self.overheadBytes
    count &+= 1
    return bytes <= bytesMax && count <= countMax
  }
}

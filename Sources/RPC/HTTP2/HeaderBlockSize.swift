/// The decoded size of one header block. Above a call's limits the call is refused. Above them by this much, decoding
/// stops and the connection ends.
struct HeaderBlockSize {
  /// How many times a call's limits a header block may have.
  private static let timesLimitMax = 4
  /// What HTTP/2 counts of each field beside its bytes (RFC 9113, section 6.5.2).
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

  /// - Returns: whether one more field is still within the bounds.
  @inline(__always)
  mutating func add(_ nameLength: Int, _ valueLength: Int) -> Bool {
    bytes &+= nameLength &+ valueLength &+ Self.overheadBytes
    count &+= 1
    return bytes <= bytesMax && count <= countMax
  }
}

/// Checks that the header fields of a request about its length and its connection agree.
struct FieldCheck {
  private static let lengthDigitsMax = 18

  private var name: [UInt8] = []
  private var hosts = 0
  private var lengths = 0
  private var codings = 0
  private var length = 0
  private var isUnreadable = false
  private(set) var host: [UInt8]?
  private(set) var isChunked = false
  private(set) var expectsContinue = false
  private(set) var isHopByHop = false
  /// Fields that `Connection` names belong to this connection only.
  private static let hopByHop: Set<String> = [
    "connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade", "http2-settings",
    "expect", "host",
  ]

  /// Whether the request has no body.
  var isBodyEmpty: Bool { !isChunked && length == 0 }

  mutating func begin(_ name: UnsafeBufferPointer<UInt8>) {
    self.name.removeAll(keepingCapacity: true)
    for byte in name { self.name.append((0x41...0x5a).contains(byte) ? byte | 0x20 : byte) }
  }

  func withName(_ body: (UnsafeBufferPointer<UInt8>) -> Void) { name.withUnsafeBufferPointer(body) }

  mutating func end(_ value: UnsafeBufferPointer<UInt8>) {
    let text = String(decoding: name, as: UTF8.self)
    isHopByHop = Self.hopByHop.contains(text)
    switch text {
    case "host":
      hosts += 1
      host = Array(value)
    case "content-length":
      lengths += 1
      readLength(value)
    case "transfer-encoding":
      codings += 1
      isChunked = Self.lowered(value) == Array("chunked".utf8)
    case "expect": expectsContinue = Self.lowered(value) == Array("100-continue".utf8)
    default: break
    }
  }

  /// Refuses a request whose end or host is ambiguous.
  func check(isVersion10: Bool) throws(HTTP1Refusal) {
    if hosts > 1 || hosts == 0 && !isVersion10 { throw .malformed }
    if let host, !host.allSatisfy(Self.isHostByte) { throw .malformed }
    if lengths > 1 || isUnreadable || lengths > 0 && codings > 0 { throw .malformed }
    if codings > 0 && isVersion10 { throw .malformed }
    if codings > 1 || codings == 1 && !isChunked { throw .notImplemented }
  }

  /// Whether a byte may occur in a host and port (RFC 9112, section 3.2; RFC 3986, section 3.2.2).
  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: hostMarks.contains(byte)
    }
  }

  private static let hostMarks = Array("-._~!$&'()*+;=:[]%".utf8)

  private mutating func readLength(_ value: UnsafeBufferPointer<UInt8>) {
    guard (1...Self.lengthDigitsMax).contains(value.count), value.allSatisfy({ (0x30...0x39).contains($0) }) else {
      isUnreadable = true
      return
    }
    length = value.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  private static func lowered(_ value: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    value.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
  }
}

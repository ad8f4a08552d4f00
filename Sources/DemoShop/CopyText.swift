/// Rows in COPY's text format, collected in memory.
struct CopyText {
  private(set) var bytes: [UInt8] = []
  private var atRowStart = true

  var isEmpty: Bool { bytes.isEmpty }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  mutating func field(_ text: String) {
    separate()
    appendEscaped(text.utf8)
  }

  mutating func field(_ number: Int) {
    separate()
    bytes.append(contentsOf: String(number).utf8)
  }

  mutating func field(_ id: DemoID) {
    separate()
    id.write(to: &bytes)
  }

  /// A field of JSON, which escapes quotes itself; COPY requires doubled backslashes.
  mutating func field(json: [UInt8]) {
    separate()
    appendEscaped(json)
  }

  mutating func null() {
    separate()
    bytes.append(contentsOf: #"\N"#.utf8)
  }

  mutating func endRow() {
    bytes.append(UInt8(ascii: "\n"))
    atRowStart = true
  }

  private mutating func separate() {
    if !atRowStart { bytes.append(UInt8(ascii: "\t")) }
    atRowStart = false
  }

  private mutating func appendEscaped(_ text: some Sequence<UInt8>) {
    for byte in text {
      switch byte {
      case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
      case UInt8(ascii: "\t"): bytes.append(contentsOf: #"\t"#.utf8)
      case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
      case UInt8(ascii: "\r"): bytes.append(contentsOf: #"\r"#.utf8)
      default: bytes.append(byte)
      }
    }
  }
}

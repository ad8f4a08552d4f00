import Glibc

/// Text that grows at its end, as UTF-8 bytes.
struct OutputText: ~Copyable {
  private var start: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// Bytes in it.
  private(set) var count = 0

  /// An empty text.
  /// - Parameter capacity: bytes; it grows beyond as needed.
  init(capacity: Int = 512) {
    self.capacity = max(capacity, 64)
    start = .allocate(capacity: self.capacity)
  }

  deinit { start.deallocate() }

  mutating func append(_ byte: UInt8) {
    reserve(1)
    start[count] = byte
    count += 1
  }

  mutating func append(_ text: StaticString) {
    append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let source = bytes.baseAddress else { return }
    reserve(bytes.count)
    memcpy(start + count, source, bytes.count)
    count += bytes.count
  }

  mutating func append(cString: UnsafePointer<CChar>) {
    let bytes = UnsafeRawBufferPointer(start: cString, count: strlen(cString))
    append(bytes.bindMemory(to: UInt8.self))
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  mutating func append(_ number: UInt64) {
    var rest = number
    var digits = 1
    while rest >= 10 {
      rest /= 10
      digits += 1
    }
    append(Int64(bitPattern: number), digits: digits)
  }

  mutating func append(_ number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    append(number.magnitude)
  }

  /// Appends a number that is not negative in exactly so many digits.
  mutating func append(_ number: Int64, digits: Int) {
    reserve(digits)
    var rest = UInt64(bitPattern: number)
    for index in stride(from: digits - 1, through: 0, by: -1) {
      start[count + index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += digits
  }

  /// Appends a fraction of a second with its point: nothing for 0, else 3, 6 or 9 digits.
  mutating func append(fraction nanos: Int32) {
    if nanos == 0 { return }
    append(".")
    if nanos % 1_000_000 == 0 {
      append(Int64(nanos / 1_000_000), digits: 3)
    } else if nanos % 1000 == 0 {
      append(Int64(nanos / 1000), digits: 6)
    } else {
      append(Int64(nanos), digits: 9)
    }
  }

  mutating func append(spaces: Int) {
    reserve(spaces)
    memset(start + count, Int32(UInt8(ascii: " ")), spaces)
    count += spaces
  }

  /// Takes bytes back from the end.
  mutating func removeLast(_ bytes: Int) { count -= bytes }

  private mutating func reserve(_ bytes: Int) {
    if capacity - count >= bytes { return }
    let larger = max(capacity * 2, count + bytes)
    let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    memcpy(fresh, start, count)
    start.deallocate()
    start = fresh
    capacity = larger
  }

  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

  var string: String { String(decoding: bytes, as: UTF8.self) }
}

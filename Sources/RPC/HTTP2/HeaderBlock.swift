internal import CNGHTTP2

/// A list of header fields for nghttp2, which copies them.
struct HeaderBlock: ~Copyable {
  private var bytes: [UInt8] = []
  private var lengths: [(name: Int, value: Int, flags: UInt8)] = []

  /// The usual size of a response's headers, so that they need one allocation.
  init() {
    bytes.reserveCapacity(240)
    lengths.reserveCapacity(8)
  }

  mutating func add(_ name: StaticString, _ value: String) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(contentsOf: value.utf8)
    lengths.append((name.utf8CodeUnitCount, value.utf8.count, 0))
  }

  mutating func add(_ name: StaticString, bytes value: [UInt8]) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(contentsOf: value)
    lengths.append((name.utf8CodeUnitCount, value.count, 0))
  }

  mutating func add(_ metadata: Metadata) {
    for entry in metadata.entries {
      bytes.append(contentsOf: entry.key.utf8)
      bytes.append(contentsOf: entry.value.utf8)
      let flags = entry.isFleeting ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE
      lengths.append((entry.key.utf8.count, entry.value.utf8.count, UInt8(flags.rawValue)))
    }
  }

  /// Calls `body` with the fields in nghttp2's form.
  consuming func withFields<R>(_ body: (UnsafeMutableBufferPointer<nghttp2_nv>) -> R) -> R {
    let lengths = lengths
    return bytes.withUnsafeMutableBufferPointer { storage in
      withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: lengths.count) { fields in
        var cursor = storage.baseAddress
        for (index, length) in lengths.enumerated() {
          let value = cursor.map { $0 + length.name }
          fields.initializeElement(
            at: index,
            to: nghttp2_nv(
              name: cursor, value: value, namelen: length.name, valuelen: length.value, flags: length.flags))
          cursor = value.map { $0 + length.value }
        }
        return body(fields)
      }
    }
  }
}

/// Constant header fields, made once. nghttp2 points to them instead of copying.
struct StaticFields: @unchecked Sendable {
  let fields: UnsafeMutableBufferPointer<nghttp2_nv>

  init(_ pairs: [(StaticString, StaticString)]) {
    fields = .allocate(capacity: pairs.count)
    let flags = UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue)
    for (index, (name, value)) in pairs.enumerated() {
      fields.initializeElement(
        at: index,
        to: nghttp2_nv(
          name: UnsafeMutablePointer(mutating: name.utf8Start), value: UnsafeMutablePointer(mutating: value.utf8Start),
          namelen: name.utf8CodeUnitCount, valuelen: value.utf8CodeUnitCount, flags: flags))
    }
  }

  /// The headers of every answer that carries messages.
  static let answer = StaticFields([(":status", "200"), ("content-type", "application/grpc")])
  /// The trailers of a call that ended well.
  static let ok = StaticFields([("grpc-status", "0")])
}

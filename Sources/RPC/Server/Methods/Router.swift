internal import Glibc

/// Finds a method by the bytes of its path, without making a string.
///
/// A perfect hash: its multiplier is searched at the start, so that no two paths share a slot. Every byte of a path
/// weighs in, eight at a time, so that there is a multiplier whatever the paths are; a lookup then compares once.
struct Router: Sendable {
  private struct Entry: Sendable {
    let method: Method
    let path: [UInt8]
  }

  private var slots: [Entry?] = []
  private var shift: UInt64 = 64
  private var multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// - Returns: nil when two methods have one path, or a path is shorter than 8 bytes.
  init?(_ methods: [Method]) {
    let entries = methods.map { Entry(method: $0, path: Array($0.path.utf8)) }
    guard Set(methods.map(\.path)).count == methods.count else { return nil }
    guard entries.allSatisfy({ $0.path.count >= 8 }) else { return nil }
    var bits: UInt64 = 6
    while 1 << bits < methods.count * methods.count / 4 && bits < 16 { bits += 1 }
    while true {
      for _ in 0..<1000 where place(entries, bits: bits) { return }
      bits += 1
    }
  }

  private mutating func place(_ entries: [Entry], bits: UInt64) -> Bool {
    multiplier = (multiplier &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407) | 1
    shift = 64 - bits
    slots = Array(repeating: nil, count: 1 << bits)
    for entry in entries {
      let slot = entry.path.withUnsafeBufferPointer { self.slot($0) }
      if slots[slot] != nil { return false }
      slots[slot] = entry
    }
    return true
  }

  func find(_ path: String) -> Method? {
    var path = path
    return path.withUTF8 { find($0) }
  }

  func find(_ path: UnsafeBufferPointer<UInt8>) -> Method? {
    guard path.count >= 8, let entry = slots[slot(path)], entry.path.count == path.count else { return nil }
    let same = entry.path.withUnsafeBufferPointer { memcmp($0.baseAddress!, path.baseAddress!, path.count) == 0 }
    return same ? entry.method : nil
  }

  @inline(__always)
  private func slot(_ path: UnsafeBufferPointer<UInt8>) -> Int {
    let bytes = UnsafeRawPointer(path.baseAddress!)
    var hash = UInt64(path.count)
    var offset = 0
    while offset + 8 < path.count {
      hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* multiplier
      hash ^= hash >> 32
      offset += 8
    }
    // The last eight bytes, some of them once more when the path's length is no multiple of eight.
    hash = (hash ^ bytes.loadUnaligned(fromByteOffset: path.count - 8, as: UInt64.self)) &* multiplier
    return Int(truncatingIfNeeded: hash >> shift)
  }
}

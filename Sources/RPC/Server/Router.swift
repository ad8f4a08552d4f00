internal import Glibc

/// Finds a method by the bytes of its path, without making a string.
///
/// A perfect hash over the path's last eight bytes and its length: the multiplier is searched at the start, so that no
/// two paths share a slot and a lookup is one multiplication and one comparison.
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

  func find(_ path: UnsafeBufferPointer<UInt8>) -> Method? {
    guard path.count >= 8, let entry = slots[slot(path)], entry.path.count == path.count else { return nil }
    let same = entry.path.withUnsafeBufferPointer { memcmp($0.baseAddress!, path.baseAddress!, path.count) == 0 }
    return same ? entry.method : nil
  }

  @inline(__always)
  private func slot(_ path: UnsafeBufferPointer<UInt8>) -> Int {
    let last = UnsafeRawPointer(path.baseAddress! + path.count - 8).loadUnaligned(as: UInt64.self)
    // Two paths may end alike ("…Service/GetProduct"), so the bytes from which they differ must weigh in too.
    let first = UnsafeRawPointer(path.baseAddress! + path.count / 2 - 4).loadUnaligned(as: UInt64.self)
    let mixed = (last ^ (first &* 0xFF51_AFD7_ED55_8CCD)) &+ UInt64(path.count)
    return Int(truncatingIfNeeded: (mixed &* multiplier) >> shift)
  }
}

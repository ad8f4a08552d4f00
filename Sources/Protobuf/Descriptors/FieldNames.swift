import CProtobufC
import Glibc

/// The fields of a message type by name: found without an allocation, by both the name of the .proto file and the
/// lowerCamelCase name of JSON. Made once per type, immortal.
package struct FieldNames: @unchecked Sendable {
  /// An open-addressing table, at most half full.
  private let slots: UnsafeMutableBufferPointer<Slot>
  /// For each field `"jsonName":` as it is written.
  private let members: UnsafeMutableBufferPointer<UnsafeBufferPointer<UInt8>>

  private struct Slot {
    var name: UnsafePointer<UInt8>?
    var count = 0
    var field = 0
  }

  /// No names: until a type's fields are known.
  static let none = FieldNames(UnsafeMutableBufferPointer(start: nil, count: 0))

  init(_ fields: UnsafeMutableBufferPointer<FieldLayout>) {
    var names: [(name: String, field: Int)] = []
    for (index, field) in fields.enumerated() {
      let name = String(cString: field.c.pointee.name)
      let jsonName = FieldLayout.camelCase(name, upperFirst: false)
      names.append((name, index))
      if jsonName != name { names.append((jsonName, index)) }
    }
    slots = .allocate(capacity: Arena.powerOfTwo(atLeast: names.count * 2))
    slots.initialize(repeating: Slot())
    members = .allocate(capacity: fields.count)
    for (index, field) in fields.enumerated() {
      let jsonName = FieldLayout.camelCase(String(cString: field.c.pointee.name), upperFirst: false)
      members.initializeElement(at: index, to: FieldNames.immortal("\"" + jsonName + "\":"))
    }
    for (name, field) in names { insert(FieldNames.immortal(name), field) }
  }

  private func insert(_ name: UnsafeBufferPointer<UInt8>, _ field: Int) {
    guard let start = name.baseAddress else { return }
    var index = FieldNames.hash(start, name.count) & (slots.count - 1)
    while slots[index].name != nil { index = (index + 1) & (slots.count - 1) }
    slots[index] = Slot(name: start, count: name.count, field: field)
  }

  /// The index of the field with this name in either form.
  @inline(__always)
  func index(of name: UnsafePointer<UInt8>, count: Int) -> Int? {
    var index = FieldNames.hash(name, count) & (slots.count - 1)
    while let candidate = slots[index].name {
      if slots[index].count == count, memcmp(candidate, name, count) == 0 { return slots[index].field }
      index = (index + 1) & (slots.count - 1)
    }
    return nil
  }

  /// `"jsonName":`.
  func member(_ field: Int) -> UnsafeBufferPointer<UInt8> { members[field] }

  /// Hashes all bytes of a name. The names are those of the program's own fields, so that attackers cannot choose
  /// collisions.
  @inline(__always)
  private static func hash(_ name: UnsafePointer<UInt8>, _ count: Int) -> Int {
    let factor: UInt64 = 0x9e37_79b9_7f4a_7c15
    let bytes = UnsafeRawPointer(name)
    var state = UInt64(truncatingIfNeeded: count)
    if count >= 8 {
      var offset = 0
      while offset + 8 < count {
        state = (state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* factor
        offset += 8
      }
      state ^= bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
    } else {
      for offset in 0..<count { state = state << 8 ^ UInt64(name[offset]) }
    }
    state = state &* factor
    return Int(truncatingIfNeeded: (state ^ state >> 32) & 0x7fff_ffff)
  }

  private static func immortal(_ text: String) -> UnsafeBufferPointer<UInt8> {
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
    _ = bytes.initialize(from: text.utf8)
    return UnsafeBufferPointer(bytes)
  }
}

/// The list of `tracestate`. It is passed on unchanged if it is well-formed and not too long.
///
/// Source: W3C "Trace Context", section 3.3.
enum TraceState {
  /// Members that a list may have.
  static let membersMax = 32
  /// The maximum length that is passed on; the standard requires at least this many bytes.
  static let bytesMax = 512
  /// Members longer than this go first when the list is too long.
  static let largeMemberBytes = 128

  /// The fields' values as one list; nil when one of its members is malformed, or there are too many of them.
  static func checked(_ values: [String]) -> String? {
    var members: [Substring] = []
    var keys: Set<Substring> = []
    for value in values {
      for piece in value.split(separator: ",", omittingEmptySubsequences: true) {
        let member = trimmed(piece)
        if member.isEmpty { continue }
        guard let equals = member.firstIndex(of: "="), isKey(member[..<equals]),
          isValue(member[member.index(after: equals)...]), keys.insert(member[..<equals]).inserted
        else { return nil }
        members.append(member)
        if members.count > membersMax { return nil }
      }
    }
    return shortened(members).joined(separator: ",")
  }

  private static func shortened(_ members: [Substring]) -> [Substring] {
    func length(_ members: [Substring]) -> Int { members.reduce(members.count - 1) { $0 + $1.utf8.count } }
    if length(members) <= bytesMax { return members }
    var kept = members
    while length(kept) > bytesMax, let large = kept.lastIndex(where: { $0.utf8.count > largeMemberBytes }) {
      kept.remove(at: large)
    }
    while length(kept) > bytesMax { kept.removeLast() }
    return kept
  }

  /// `key` or `tenant@system`; lower case.
  private static func isKey(_ key: Substring) -> Bool {
    let parts = key.split(separator: "@", omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return isName(parts[0], bytesMax: 256, mayStartWithDigit: false)
    case 2:
      return isName(parts[0], bytesMax: 241, mayStartWithDigit: true)
        && isName(parts[1], bytesMax: 14, mayStartWithDigit: false)
    default: return false
    }
  }

  private static func isName(_ name: Substring, bytesMax: Int, mayStartWithDigit: Bool) -> Bool {
    guard let first = name.utf8.first, name.utf8.count <= bytesMax else { return false }
    guard (0x61...0x7A).contains(first) || (mayStartWithDigit && (0x30...0x39).contains(first)) else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case 0x61...0x7A, 0x30...0x39: true
      default: "_-*/".utf8.contains(byte)
      }
    }
  }

  /// Printable, without commas and further equals signs, not ending in a space.
  private static func isValue(_ value: Substring) -> Bool {
    guard let last = value.utf8.last, last != 0x20, value.utf8.count <= 256 else { return false }
    return value.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x3D }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let first = text.utf8.first, first == 0x20 || first == 0x09 { text.removeFirst() }
    while let last = text.utf8.last, last == 0x20 || last == 0x09 { text.removeLast() }
    return text
  }
}

import Platform

/// The text form of limits of open calls: `guest=200,user=off`, `300` for all callers, `off`.
enum OpenCallText {
  /// The example in error messages.
  static let example = #"for example guest=200,user=100,program=1000, or one number for all of them, or "off""#
  /// More than a server has at all is a slip.
  private static let most = 1_000_000

  private static let kinds: [String: any WritableKeyPath<OpenCallLimits.Bounds, Int?> & Sendable] = [
    "guest": \.guest, "user": \.user, "program": \.program,
  ]

  /// Kinds that are not named have the values of `usual`.
  static func bounds(_ text: String, usual: OpenCallLimits.Bounds) -> OpenCallLimits.Bounds? {
    if let one = count(text) { return OpenCallLimits.Bounds(guest: one, user: one, program: one) }
    var bounds = usual
    var seen: Set<String> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, let kind = kinds[sides[0]], let bound = count(sides[1]), seen.insert(sides[0]).inserted
      else { return nil }
      bounds[keyPath: kind] = bound
    }
    return bounds
  }

  /// `ID=5000,ID=off`.
  static func keys(_ text: String) -> [ID: Int?]? {
    var keys: [ID: Int?] = [:]
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, let id = ID(String(sides[0])), let bound = count(sides[1]), keys[id] == nil else {
        return nil
      }
      keys.updateValue(bound, forKey: id)
    }
    return keys
  }

  /// A bound; `.some(nil)` for "off", nil for what is neither.
  private static func count(_ text: some StringProtocol) -> Int?? {
    if text == "off" { return .some(nil) }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(text), (1...most).contains(count) else {
      return nil
    }
    return .some(count)
  }
}

import Platform
import RateLimiter

/// The text form of rates: `100/min`, `5/s:20` with a burst, `off`.
enum RateText {
  /// The example in error messages.
  static let example = #"a rate such as 100/min, 5/s, 1000/h, 100/min:150 (a burst of 150), or "off""#

  /// Seconds of the periods that there are names for.
  private static let periods = ["s": 1, "min": 60, "h": 3_600, "d": 86_400]

  /// A rate; `.some(nil)` for "off", nil for what is neither.
  static func parse(_ text: some StringProtocol) -> RateLimit?? {
    if text == "off" { return .some(nil) }
    let halves = text.split(separator: ":", omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count <= 2, parts.count == 2, let count = whole(parts[0]), let seconds = periods[String(parts[1])]
    else {
      return nil
    }
    guard let burst = halves.count == 2 ? whole(halves[1]) : count else { return nil }
    return RateLimit(count, per: .seconds(seconds), burst: burst).map { .some($0) }
  }

  /// `100/min`, or `100/min,stream=5/s,bulk=off`: what is not named stays as in `usual`. `off` switches off all.
  static func allowances(_ text: String, usual: Allowances) -> Allowances? {
    if text == "off" { return Allowances(every: nil) }
    var allowances = usual
    var seen: Set<LimiterClass> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard let kind = sides.count == 1 ? .standard : kinds[String(sides[0])], sides.count <= 2 else { return nil }
      guard let limit = parse(sides[sides.count - 1]), seen.insert(kind).inserted else { return nil }
      allowances[kind] = limit
    }
    return allowances
  }

  /// `ID=1000/min,ID=off`: each of these keys has so much of every allowance.
  static func keys(_ text: String) -> [ID: Allowances]? {
    var keys: [ID: Allowances] = [:]
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, let id = ID(String(sides[0])), let limit = parse(sides[1]), keys[id] == nil else {
        return nil
      }
      keys[id] = Allowances(every: limit)
    }
    return keys
  }

  /// The classes that have a limit, by their names.
  private static let kinds = Dictionary(
    uniqueKeysWithValues: LimiterClass.allCases.filter { $0 != .exempt }.map { ("\($0)", $0) })

  /// The names that ``allowances(_:usual:)`` takes, for people to choose from.
  static let allowanceNames = kinds.keys.sorted().joined(separator: ", ")

  private static func whole(_ digits: some StringProtocol) -> Int? {
    guard (1...9).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int(digits)
  }
}

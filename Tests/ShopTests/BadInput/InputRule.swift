import Protobuf
import RPC

/// A value that is sent to try a field, and how the call ends.
struct InputValue: Sendable {
  enum Ending: Equatable, Sendable {
    /// INVALID_ARGUMENT, and the field is named.
    case refused
    /// The value is good: as the sample of the request ends.
    case asSample
    /// The field is good, and something else is said of what it means.
    case code(StatusCode)
  }

  /// What is special about it.
  let what: String
  /// None to leave the field out.
  let values: [WireValue]
  let ending: Ending

  static func refused(_ what: String, _ values: WireValue...) -> InputValue {
    InputValue(what: what, values: values, ending: .refused)
  }
}

/// What a field of a request may hold: as the values that try it.
struct InputRule: Sendable {
  /// Long for any text, and short enough that a request with one arrives.
  static let longCount = 3_500
  static let absent = "018cc251-f400-7ade-9e36-000000000000"

  /// For a field, and a page token that another list has given.
  let values: @Sendable (_ field: FieldDescriptor, _ foreignToken: String) -> [InputValue]
  /// Whether nobody looks at it: then no value is wrong that can be decoded.
  private(set) var isIgnored = false
  /// Whether the response says what is wrong with it, and the call is good.
  private(set) var isReported = false
  /// The most that it may be, or have, where that is a number: the API must state it.
  private(set) var most: Int64?

  init(_ values: @escaping @Sendable (_ field: FieldDescriptor, _ foreignToken: String) -> [InputValue]) {
    self.values = values
  }

  private init(_ values: [InputValue]) { self.init { _, _ in values } }

  /// A UUID, which must be given.
  static let id = InputRule(badIDs + [.refused("nothing", .text(""))])
  /// A UUID, or nothing.
  static let optionalID = InputRule(badIDs)
  /// The etag of another state of the resource is told as such.
  static let etag = InputRule(
    ["1", "v", "v0", "v-1", "v01", "V1", "W/\"v1\"", "v9223372036854775808", long("v")].map(unfit)
      + [InputValue(what: "none", values: [.text("")], ending: .asSample)])
  static let pageToken = InputRule { _, foreign in
    ["made up", "AAAAAAAAAAAAAAAA", "=", long("A"), String(foreign.dropLast()), "A" + foreign, foreign].map(unfit)
  }
  /// An enum any of whose values is good.
  static let choice = InputRule([])
  /// An enum that must be given.
  static let requiredChoice = InputRule([.refused("unspecified", .number(0))])
  /// Both values are good.
  static let flag = InputRule([])
  /// A time of the past or the future.
  static let anyTime = InputRule([])

  private static let badIDs = [
    "seventeen", "{\(absent)}", "\(absent)'; DROP TABLE catalog.product; --", String(absent.dropLast()), "\(absent)0",
    " \(absent)", absent.replacing("-", with: ""), absent.replacing("0", with: "\u{660}"), long("0"),
  ].map(unfit)

  /// Longer than any text may be.
  static func long(_ letter: String) -> String { String(repeating: letter, count: longCount) }
  private static func unfit(_ text: String) -> InputValue { .refused("'\(text.prefix(60))'", .text(text)) }

  /// A larger one gets the largest page.
  static let pageSize = number(0...Int64(Int32.max))

  /// One of these numbers.
  static func number(_ range: ClosedRange<Int64>) -> InputRule {
    stating(range.upperBound) { field, _ in
      let isLong = field.type == .int64 || field.type == .uint64
      let (least, most) = isLong ? (Int64.min, Int64.max) : (Int64(Int32.min), Int64(Int32.max))
      let beside = [least, range.lowerBound &- 1, range.upperBound &+ 1, most]
      let outside = Set(beside).filter { !range.contains($0) && least <= $0 && $0 <= most }.sorted()
      return outside.map { .refused("\($0)", .number($0)) }
        + [range.lowerBound, range.upperBound].map {
          InputValue(what: "\($0)", values: [.number($0)], ending: .asSample)
        }
    }
  }

  private static func stating(
    _ most: Int64, _ values: @escaping @Sendable (_ field: FieldDescriptor, _ foreignToken: String) -> [InputValue]
  ) -> InputRule {
    var rule = InputRule(values)
    rule.most = most
    return rule
  }

  /// The same, but a value that is good ends otherwise than the sample.
  func ending(_ code: StatusCode, for what: String, _ reason: StaticString) -> InputRule {
    let values = values
    return InputRule { field, foreign in
      values(field, foreign).map {
        guard $0.what == what else { return $0 }
        return InputValue(what: "\(what), for \(reason)", values: $0.values, ending: .code(code))
      }
    }
  }

  /// Any number that the type has.
  static func anyNumber(from first: Int64 = .min, _ code: StatusCode, _ reason: StaticString) -> InputRule {
    InputRule { field, _ in
      let least = field.type == .int64 ? Int64.min : Int64(Int32.min)
      return [least, -1, 0, -(least + 1)].filter { $0 >= first }.map {
        InputValue(what: "\($0), for \(reason)", values: [.number($0)], ending: .code(code))
      }
    }
  }

  /// A line that people typed; it must be given unless the count begins at 0.
  static func line(_ count: ClosedRange<Int>) -> InputRule {
    typed(count, controls: ["a\u{7}b", "a\nb", "a\u{2028}b"])
  }

  /// A note of several lines, or nothing.
  static func note(_ count: Int) -> InputRule { typed(0...count, controls: ["a\u{7}b", "a\u{85}b"]) }

  private static func typed(_ count: ClosedRange<Int>, controls: [String]) -> InputRule {
    let most = String(repeating: "\u{e9}", count: count.upperBound)
    let blank = ["", "   ", "\u{202e}", "\u{200b}\u{2066}"].map { text in
      count.lowerBound > 0
        ? unfit(text) : InputValue(what: "'\(text)'", values: [.text(text)], ending: .asSample)
    }
    let tried =
      controls.map(unfit) + blank + ["\u{200d}", "\u{301}", "a\u{fffe}b", most + "e"].map(unfit)
      + [InputValue(what: "\(count.upperBound) characters", values: [.text(most)], ending: .asSample)]
    return stating(Int64(count.upperBound)) { _, _ in tried }
  }

  /// A text of a form of its own: these are none.
  static func text(not texts: String...) -> InputRule { InputRule((texts + [long("x")]).map(unfit)) }

  /// A text that is looked up as it stands, whatever it is.
  static func looked(up code: StatusCode, _ reason: StaticString, not bad: String...) -> InputRule {
    let odd = [" ", "nobody's", "\u{202e}a", "%' OR '1'='1", "\u{10ffff}", long("x")].filter { !bad.contains($0) }
    return InputRule(
      bad.map(unfit)
        + odd.map {
          InputValue(what: "'\($0.prefix(60))', for \(reason)", values: [.text($0)], ending: .code(code))
        })
  }

  /// A list of so many elements, each of which is none of these texts.
  static func list(_ count: ClosedRange<Int>, of good: String, not bad: String...) -> InputRule {
    let sizes = [0, count.lowerBound - 1, count.upperBound + 1].filter { $0 >= 0 && !count.contains($0) }
    let tried =
      sizes.map { size in
        InputValue(
          what: "\(size) elements", values: Array(repeating: .text(good), count: size), ending: .refused)
      } + (bad + [long("x")]).map { .refused("'\($0.prefix(60))' second", .text(good), .text($0)) }
    return stating(Int64(count.upperBound)) { _, _ in tried }
  }

  /// A mask that names this field.
  static func mask(_ field: String) -> InputRule {
    InputRule(
      [[""], ["nobodys"], ["*", field], ["**"], [field, "nobodys"], ["\(field).x"], [" \(field)"], [long("x")]].map {
        paths in
        .refused("\(paths.map { $0.prefix(60) })", .message(paths.map { (1, .text($0)) }))
      })
  }

  /// A duration of whole seconds from zero to `most`.
  static func wholeSeconds(upTo most: Int64) -> InputRule {
    func value(_ seconds: Int64, _ nanos: Int64, _ ending: InputValue.Ending) -> InputValue {
      InputValue(what: duration(seconds, nanos), values: [message(seconds, nanos)], ending: ending)
    }
    return InputRule([
      value(0, 0, .asSample), value(most, 0, .asSample), value(-1, 0, .refused), value(most + 1, 0, .refused),
      value(0, 1, .refused),
    ])
  }

  private static func duration(_ seconds: Int64, _ nanos: Int64) -> String { "\(seconds) s, \(nanos) ns" }
  private static func message(_ seconds: Int64, _ nanos: Int64) -> WireValue {
    .message([(1, .number(seconds)), (2, .number(nanos))])
  }

  /// It is part of a row, whose outcome in the response says what is wrong with it.
  static func reported(_ reason: StaticString) -> InputRule {
    var rule = InputRule([])
    rule.isReported = true
    return rule
  }

  /// Nobody looks at it in a request.
  static func ignored(_ reason: StaticString) -> InputRule {
    var rule = InputRule { field, _ in
      guard field.type == .string else { return [] }
      return [InputValue(what: "'x', for \(reason)", values: [.text("x")], ending: .asSample)]
    }
    rule.isIgnored = true
    return rule
  }
}

extension InputRule {
  /// What its name and type say of a field; nil when they do not suffice.
  static func usual(for field: RequestField) -> InputRule? {
    switch field.own.name {
    case "request_id": return id
    case "page_token": return pageToken
    case "page_size": return pageSize
    case "etag" where field.descriptors.count == 1: return etag
    default: break
    }
    return switch field.own.type {
    case .bool: flag
    case .enumeration: choice
    case .message where field.isMessage("google.protobuf.Timestamp"): anyTime
    default: nil
    }
  }

  /// What nothing of the field's type may be.
  static func never(_ field: RequestField, isIgnored: Bool) -> [InputValue] {
    if field.isMessage("google.protobuf.Timestamp") { return badTimes }
    if field.isMessage("google.protobuf.Duration") { return badDurations }
    switch field.own.type {
    case .string:
      return [.refused("U+0000", .text("a\0b")), .refused("no UTF-8", .bytes([0xC3, 0x28]))]
    case .enumeration where !isIgnored:
      return [-1, 99, Int64(Int32.max)].map { .refused("\($0)", .number($0)) }
    default: return []
    }
  }

  private static let badTimes: [InputValue] = [
    (253_402_300_800, 0), (-62_135_596_801, 0), (.max, 0), (.min, 0), (1, -1), (1, 1_000_000_000),
  ].map { .refused(duration($0, $1), message($0, $1)) }

  private static let badDurations: [InputValue] = [
    (315_576_000_001, 0), (-315_576_000_001, 0), (.max, 0), (.min, 0), (1, -1), (-1, 1), (1, 1_000_000_000),
  ].map { .refused(duration($0, $1), message($0, $1)) }
}

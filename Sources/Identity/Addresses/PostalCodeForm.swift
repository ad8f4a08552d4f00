internal import Platform

/// A form of postal codes, such as `[123456789]### @@`: `#` is a digit, `@` a letter, `*` either, `[...]` one of these,
/// anything else itself. A blank or a hyphen parts a code that is written well, and need not be typed.
struct PostalCodeForm: Sendable {
  private enum Item {
    case one(Set<UInt8>)
    case separator(UInt8)

    /// The letter that it is, if it is no other.
    var letter: UInt8? {
      guard case .one(let set) = self, set.count == 1, let only = set.first else { return nil }
      return (0x41...0x5a).contains(only) ? only : nil
    }
  }

  private static let digits = Set("0123456789".utf8)
  private static let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

  private let items: [Item]
  /// The letters that every code of this form begins with: the `LV` of LV-1073.
  let beginning: [UInt8]

  /// Nil for what is written otherwise.
  init?(_ text: String) {
    var items: [Item] = []
    var rest = text.utf8[...]
    while let sign = rest.popFirst() {
      switch sign {
      case UInt8(ascii: "#"): items.append(.one(Self.digits))
      case UInt8(ascii: "@"): items.append(.one(Self.letters))
      case UInt8(ascii: "*"): items.append(.one(Self.digits.union(Self.letters)))
      case UInt8(ascii: " "), UInt8(ascii: "-"): items.append(.separator(sign))
      case UInt8(ascii: "["):
        guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return nil }
        items.append(.one(Set(rest[..<end])))
        rest = rest[rest.index(after: end)...]
      default: items.append(.one([sign]))
      }
    }
    self.items = items
    beginning = items.prefix { $0.letter != nil }.compactMap(\.letter)
  }

  /// The code as it is written, from its letters and digits; nil when they do not have this form.
  func completed(_ letters: [UInt8]) -> String? {
    var rest = letters[...]
    var code: [UInt8] = []
    for item in items {
      switch item {
      case .separator(let sign): code.append(sign)
      case .one(let set):
        guard let letter = rest.popFirst(), set.contains(letter) else { return nil }
        code.append(letter)
      }
    }
    return rest.isEmpty ? String(decoding: code, as: UTF8.self) : nil
  }

  /// Whether a sign only parts the letters and digits of a code, or shows as nothing: codes are pasted, too.
  static func parts(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "." || scalar == "\u{2212}" || scalar.isBlank || scalar.properties.isDefaultIgnorableCodePoint
      || scalar.properties.generalCategory == .dashPunctuation
  }

  /// Letters and digits as ASCII, of whichever script the digits are; nil when there are others.
  static func bytes(_ scalars: some Sequence<Unicode.Scalar>) -> [UInt8]? {
    var bytes: [UInt8] = []
    for scalar in scalars {
      if scalar.properties.numericType == .decimal, let digit = scalar.properties.numericValue {
        bytes.append(UInt8(ascii: "0") + UInt8(digit))
      } else if scalar.isASCII {
        bytes.append(UInt8(ascii: scalar))
      } else {
        return nil
      }
    }
    return bytes
  }
}

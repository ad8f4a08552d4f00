internal import Platform
internal import Protobuf

/// The code of a coupon: upper-case letters and digits of ASCII, however it was typed.
enum CodeText {
  static let lengths = 3...40
  static let prefixLengthMax = 12
  /// 70 random bits: nobody guesses one of a million codes, however many tries they have.
  private static let randomLetters = 14
  /// Those of Base32, of which nobody mistakes one for a digit. A letter holds five bits.
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

  /// The code that was typed; nil when no coupon can have it.
  static func read(_ typed: String) -> String? {
    let letters = EnteredCode.letters(of: typed)
    return lengths.contains(letters.utf8.count) && isPlain(letters) ? letters : nil
  }

  /// A new code.
  static func random(after prefix: String) -> String {
    // The system's generator, which is fit for secrets.
    var generator = SystemRandomNumberGenerator()
    return prefix
      + String((0..<randomLetters).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
  }

  /// Whether all are letters and digits of ASCII.
  static func isPlain(_ letters: String) -> Bool {
    letters.utf8.allSatisfy {
      (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
  }
}

extension RequestCheck {
  /// A field with a code.
  mutating func couponCode(_ typed: Text, _ field: String) -> String {
    if let code = CodeText.read(typed.string) { return code }
    refuse(field, "Must have 3 to 40 letters and digits.")
    return ""
  }

  /// A field with what generated codes begin with.
  mutating func codePrefix(_ typed: Text, _ field: String) -> String {
    let letters = EnteredCode.letters(of: typed.string)
    require(
      letters.utf8.count <= CodeText.prefixLengthMax && CodeText.isPlain(letters)
        && (typed.isEmpty || !letters.isEmpty), field, "Must have at most 12 letters and digits.")
    return letters
  }
}

internal import Credentials
internal import Platform
internal import Sealing

/// What replaces an authenticator that is lost: 80 random bits that people can write down, such as
/// `ABCD-EFGH-IJKL-MNOP`.
struct RecoveryCode {
  /// Codes that a user is given at a time.
  static let countUsual = 10
  private static let byteCount = 10
  private static let groupLetters = 4
  /// Five bits a letter.
  private static let lettersCount = byteCount * 8 / 5

  /// As it is shown.
  let text: String

  /// A new code.
  init() {
    let letters = Array(Base32.encode(Digest.random(Self.byteCount)))
    text = stride(from: 0, to: letters.count, by: Self.groupLetters)
      .map { String(letters[$0..<min($0 + Self.groupLetters, letters.count)]) }.joined(separator: "-")
  }

  /// Whether letters and digits have the form of a code.
  static func isWellFormed(_ letters: String) -> Bool {
    letters.utf8.count == lettersCount && letters.utf8.allSatisfy { Base32.holds($0) }
  }

  /// What is stored of a code of `user`, however it was typed.
  static func hash(of text: String, user: ID) -> [UInt8] {
    let letters = EnteredCode.letters(of: text)
    return Digest.sha256(Array("\(user):\(letters)".utf8))
  }
}

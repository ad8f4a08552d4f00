internal import CICU
internal import Synchronization

/// Text of any script in Latin letters, by the rules of CLDR.
public enum Transliteration {
  /// The text in lower-case ASCII where it has a reading in it: `Щётка` becomes `setka`, `北京` becomes `bei jing`.
  /// Characters without one, such as emoji, stay.
  public static func ascii(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
    return shared.withLock { $0.ascii(text) }
  }

  /// A transliterator works for one thread at a time, and takes longer to open than to use.
  private static let shared = Mutex(Transliterator())
}

private struct Transliterator: ~Copyable {
  private static let rules = Array("Any-Latin; Latin-ASCII; Lower".utf16)
  /// A character has at most so many letters: more do not fit, and the text is left as it is.
  private static let lettersPerUnitMax = 16

  private let handle: UnsafeMutablePointer<UTransliterator?>

  init() {
    guard let handle = cicu_transliterator(Self.rules, Int32(Self.rules.count)) else {
      fatalError("ICU lacks the transliterator to Latin letters: its data is incomplete")
    }
    self.handle = handle
  }

  func ascii(_ text: String) -> String {
    var units = Array(text.utf16)
    let count = units.count
    units.append(contentsOf: repeatElement(0, count: count * (Self.lettersPerUnitMax - 1)))
    guard let capacity = Int32(exactly: units.count) else { return text }
    let made = cicu_transliterate(handle, &units, Int32(count), capacity)
    return made < 0 ? text : String(decoding: units.prefix(Int(made)), as: UTF16.self)
  }
}

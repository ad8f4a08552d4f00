/// The name of a blob in a store: words of `a-z`, `0-9`, `-`, `_` and `.`, joined by `/`. It is a path below the
/// folder, and part of a URL, without anything to escape.
public struct BlobKey: Hashable, Sendable, CustomStringConvertible {
  /// The maximum length in bytes.
  public static let bytesMax = 200

  /// The key as text.
  public let text: String

  /// Nil for a text that is no key. No word begins with `.`, so a key cannot lead out of its folder.
  public init?(_ text: String) {
    guard (1...Self.bytesMax).contains(text.utf8.count) else { return nil }
    for word in text.split(separator: "/", omittingEmptySubsequences: false) {
      guard let first = word.utf8.first, first != UInt8(ascii: "."), word.utf8.allSatisfy(Self.isAllowed) else {
        return nil
      }
    }
    self.text = text
  }

  /// The text.
  public var description: String { text }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
      UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}

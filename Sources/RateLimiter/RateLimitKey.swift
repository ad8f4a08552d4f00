/// The key that an allowance is counted for: three words that the caller chooses, such as a user's id and a class of
/// methods.
public struct RateLimitKey: Sendable, Hashable {
  /// The words.
  public let words: (UInt64, UInt64, UInt64)

  /// A key.
  @inlinable
  public init(_ first: UInt64, _ second: UInt64, _ third: UInt64) { words = (first, second, third) }

  /// Whether all words are the same.
  public static func == (a: RateLimitKey, b: RateLimitKey) -> Bool { a.words == b.words }

  /// Feeds the words.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
  }
}

/// The keys of one purpose: one that seals, and all that open.
public struct Keyring: Sendable {
  /// The key that seals.
  public let current: SecretKey
  private let keys: [KeyID: SecretKey]

  /// A keyring that seals with `current` and opens with all keys.
  public init(_ current: SecretKey, alsoOpening others: [SecretKey] = []) {
    self.current = current
    keys = Dictionary(([current] + others).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The keys' ids, in no order.
  public var ids: Set<KeyID> { Set(keys.keys) }

  /// The key of that id.
  public subscript(_ id: KeyID) -> SecretKey? { keys[id] }

  /// Seals with the current key.
  public func seal(_ plain: [UInt8], for place: SealedPlace) throws(SealingError) -> [UInt8] {
    try SealedValue(sealing: plain, with: current, for: place).bytes
  }

  /// Opens what any of the keys sealed.
  public func open(_ sealed: [UInt8], for place: SealedPlace) throws(SealingError) -> [UInt8] {
    let value = try SealedValue(sealed)
    guard let key = keys[value.keyID] else { throw .unknownKey(value.keyID) }
    return try value.open(with: key, for: place)
  }

  /// Whether it was sealed with another key than the current one.
  public func isOutdated(_ sealed: [UInt8]) throws(SealingError) -> Bool {
    try SealedValue(sealed).keyID != current.id
  }
}

extension Keyring {
  /// Parses keys in base64, separated by commas, spaces or line ends; the first one seals. The rest of a line after `#`
  /// is a comment.
  /// - Parameter place: the name of the text in errors.
  public init(text: String, place: String) throws(SealingError) {
    var keys: [SecretKey] = []
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.prefix { $0 != "#" }.split { $0 == "," || $0 == " " || $0 == "\t" }
      for word in words {
        guard let key = SecretKey(text: String(word)) else { throw .badKey(place: place) }
        keys.append(key)
      }
    }
    guard let first = keys.first else { throw .noKey(place: place) }
    self.init(first, alsoOpening: Array(keys.dropFirst()))
  }
}

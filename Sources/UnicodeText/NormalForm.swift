internal import CUnistring
internal import Glibc

extension String {
  /// The normal form NFC (UAX #15): "e" with a combining accent becomes the single letter "é".
  public var nfc: String { mapped(cunistring_nfc) }

  /// The normal form NFKC: like ``nfc``, and compatibility characters, such as full-width digits, become the usual
  /// ones.
  public var nfkc: String { mapped(cunistring_nfkc) }

  /// The normal form NFKD: like ``nfkc``, but accents are separate from their letters.
  public var nfkd: String { mapped(cunistring_nfkd) }

  /// Unicode's full case folding, in NFKC: texts that differ only in case become equal.
  public var caseFolded: String {
    utf8.allSatisfy { $0 < 0x80 } ? lowercased() : mapped(cunistring_casefold)
  }

  private typealias Mapping = (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<Int>?) -> UnsafeMutablePointer<UInt8>?

  private func mapped(_ mapping: Mapping) -> String {
    if utf8.allSatisfy({ $0 < 0x80 }) { return self }
    var count = 0
    let bytes = Array(utf8)
    guard let made = mapping(bytes, bytes.count, &count) else { fatalError("there is no memory for a line of text") }
    defer { free(made) }
    return String(decoding: UnsafeBufferPointer(start: made, count: count), as: UTF8.self)
  }
}

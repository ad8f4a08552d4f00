internal import CUnistring
internal import Glibc

extension String {
  /// In the normal form NFC (UAX #15): "e" and a combining accent as the one letter "é".
  public var nfc: String { mapped(cunistring_nfc) }

  /// In the normal form NFKC: as ``nfc``, and what only looks otherwise, such as full-width digits, as the usual.
  public var nfkc: String { mapped(cunistring_nfkc) }

  /// In the normal form NFKD: as ``nfkc``, but with every accent apart from its letter.
  public var nfkd: String { mapped(cunistring_nfkd) }

  /// Without a difference of case (Unicode's full case folding), in NFKC.
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

internal import CIDN2

/// Internationalized domain names (IDNA 2008, with the mapping of UTS #46).
public enum DomainName {
  /// The ASCII form for DNS and mail servers: `bücher.example` becomes `xn--bcher-kva.example`. Nil for an invalid
  /// name.
  public static func ascii(_ name: String) -> String? {
    let flags = CInt(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
    return converted(name) { idn2_to_ascii_8z($0, $1, flags) }
  }

  /// The Unicode form for people: `xn--bcher-kva.example` becomes `bücher.example`. Nil for an invalid name.
  public static func unicode(_ name: String) -> String? {
    converted(name) { idn2_to_unicode_8z8z($0, $1, 0) }
  }

  private typealias Conversion = (UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt

  private static func converted(_ name: String, _ conversion: Conversion) -> String? {
    guard !name.utf8.contains(0) else { return nil }
    var made: UnsafeMutablePointer<CChar>?
    guard conversion(name, &made) == CInt(IDN2_OK.rawValue), let made else { return nil }
    defer { idn2_free(made) }
    return String(cString: made)
  }
}

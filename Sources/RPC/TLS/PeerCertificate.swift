internal import COpenSSL

/// The verified certificate of a peer, signed by a trusted authority.
public struct PeerCertificate: Sendable, Equatable {
  /// More alternative names than this are not read.
  static let alternativeNamesMax = 64

  /// The whole subject as RFC 2253 writes it, such as `CN=alice,O=Example`.
  public let subject: String
  /// The issuer, in the same form.
  public let issuer: String
  /// The subject alternative names that are DNS names.
  public let dnsNames: [String]
  /// The subject alternative names that are URIs, such as `spiffe://example/checkout`.
  public let uris: [String]
  /// The subject alternative names that are e-mail addresses.
  public let emailAddresses: [String]
  /// SHA-256 of the whole certificate, in 64 lower-case hexadecimal digits.
  public let fingerprint: String
  /// The number that its issuer gave it, in lower-case hexadecimal digits.
  public let serialNumber: String
  /// When it begins and ends to be valid, in seconds since 1970 (UTC), both included.
  public let validity: ClosedRange<Int64>

  init(_ certificate: OpaquePointer) {
    subject = Self.text(of: X509_get_subject_name(certificate))
    issuer = Self.text(of: X509_get_issuer_name(certificate))
    let names = AlternativeNames(of: certificate)
    dnsNames = names.dns
    uris = names.uris
    emailAddresses = names.emails
    fingerprint = Self.fingerprint(of: certificate)
    serialNumber = Self.serialNumber(of: certificate)
    let begin = openssl_unix_seconds(X509_get0_notBefore(certificate))
    validity = begin...max(begin, openssl_unix_seconds(X509_get0_notAfter(certificate)))
  }

  private static func text(of name: OpaquePointer?) -> String {
    guard let name, let memory = BIO_new(BIO_s_mem()) else { return "" }
    defer { BIO_free(memory) }
    // Control characters and what is not ASCII come out escaped: a name cannot forge another's form, nor a log line.
    guard X509_NAME_print_ex(memory, name, 0, openssl_rfc2253) >= 0 else { return "" }
    var start: UnsafeMutablePointer<CChar>?
    let count = openssl_memory_bio_bytes(memory, &start)
    return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
  }

  private static func fingerprint(of certificate: OpaquePointer) -> String {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: UInt32 = 0
    guard X509_digest(certificate, EVP_sha256(), &digest, &length) == 1 else { return "" }
    return digest[..<Int(length)].reduce(into: "") { text, byte in
      text.append(byte < 16 ? "0" : "")
      text.append(String(byte, radix: 16))
    }
  }

  private static func serialNumber(of certificate: OpaquePointer) -> String {
    guard let number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nil) else { return "" }
    defer { BN_free(number) }
    guard let digits = BN_bn2hex(number) else { return "" }
    defer { CRYPTO_free(digits, nil, 0) }
    return String(cString: digits).lowercased()
  }
}

/// The subject alternative names of a certificate, by kind.
private final class AlternativeNames {
  var dns: [String] = []
  var uris: [String] = []
  var emails: [String] = []
  private var count = 0

  init(of certificate: OpaquePointer) {
    openssl_each_alternative_name(certificate, Unmanaged.passUnretained(self).toOpaque()) { names, kind, text, length in
      guard let names, let text, length > 0 else { return }
      let bytes = UnsafeBufferPointer(start: text, count: Int(length))
      Unmanaged<AlternativeNames>.fromOpaque(names).takeUnretainedValue().add(kind, bytes)
    }
  }

  /// Names with invalid bytes are left out, such as `shop.example\0.attacker.example`.
  private func add(_ kind: Int32, _ bytes: UnsafeBufferPointer<UInt8>) {
    guard count < PeerCertificate.alternativeNamesMax, bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else { return }
    count += 1
    let name = String(decoding: bytes, as: UTF8.self)
    switch kind {
    case GEN_DNS: dns.append(name)
    case GEN_URI: uris.append(name)
    default: emails.append(name)
    }
  }
}

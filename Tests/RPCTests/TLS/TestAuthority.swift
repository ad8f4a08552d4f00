import COpenSSL
import Testing

@testable import RPC

/// An authority that signs certificates for tests, into PEM files of a folder.
final class TestAuthority {
  /// A certificate that the authority is to sign.
  struct Leaf {
    var name = "alice"
    /// As in OpenSSL's configuration: "DNS:alice.example,URI:spiffe://example/alice".
    var alternativeNames = "DNS:alice.example"
    var usage = "clientAuth"
    var serialNumber: UInt64 = 7
    /// Negative: it expired that long ago.
    var validitySeconds = 3_600
  }

  private static let day = 24 * 3_600
  let path: String
  private let folder: TemporaryDirectory
  private let key: OpaquePointer
  private let certificate: OpaquePointer

  init(_ folder: TemporaryDirectory, named name: String = "authority") throws {
    self.folder = folder
    path = "\(folder.path)/\(name).pem"
    key = try #require(openssl_make_p256_key())
    certificate = try #require(X509_new())
    Self.begin(certificate, name: name, serialNumber: 1, key: key, validitySeconds: Self.day)
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate))
    Self.extend(certificate, NID_basic_constraints, "critical,CA:TRUE")
    Self.extend(certificate, NID_key_usage, "keyCertSign,cRLSign")
    X509_sign(certificate, key, EVP_sha256())
    try Self.write(path) { PEM_write_bio_X509($0, certificate) }
  }

  deinit {
    X509_free(certificate)
    EVP_PKEY_free(key)
  }

  func sign(_ leaf: Leaf = Leaf()) throws -> TLSIdentity {
    let leafKey = try #require(openssl_make_p256_key())
    let fresh = try #require(X509_new())
    defer {
      X509_free(fresh)
      EVP_PKEY_free(leafKey)
    }
    Self.begin(
      fresh, name: leaf.name, serialNumber: leaf.serialNumber, key: leafKey, validitySeconds: leaf.validitySeconds)
    X509_set_issuer_name(fresh, X509_get_subject_name(certificate))
    Self.extend(fresh, NID_subject_alt_name, leaf.alternativeNames)
    Self.extend(fresh, NID_ext_key_usage, leaf.usage)
    X509_sign(fresh, key, EVP_sha256())
    let identity = TLSIdentity(
      certificateChainPath: "\(folder.path)/\(leaf.name).pem", privateKeyPath: "\(folder.path)/\(leaf.name).key")
    try Self.write(identity.certificateChainPath) { PEM_write_bio_X509($0, fresh) }
    try Self.write(identity.privateKeyPath) { PEM_write_bio_PrivateKey($0, leafKey, nil, nil, 0, nil, nil) }
    return identity
  }

  /// A list that says which serial numbers are revoked, good until `validitySeconds` from now.
  func revoke(_ serialNumbers: [UInt64], validitySeconds: Int = day) throws -> String {
    let list = try #require(X509_CRL_new())
    defer { X509_CRL_free(list) }
    X509_CRL_set_version(list, 1)
    X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate))
    let now = try #require(X509_gmtime_adj(nil, min(0, validitySeconds) - 60))
    let end = try #require(X509_gmtime_adj(nil, validitySeconds))
    defer {
      ASN1_STRING_free(now)
      ASN1_STRING_free(end)
    }
    X509_CRL_set1_lastUpdate(list, now)
    X509_CRL_set1_nextUpdate(list, end)
    for number in serialNumbers {
      let entry = try #require(X509_REVOKED_new())
      let serial = try #require(ASN1_INTEGER_new())
      ASN1_INTEGER_set_uint64(serial, number)
      X509_REVOKED_set_serialNumber(entry, serial)
      X509_REVOKED_set_revocationDate(entry, now)
      X509_CRL_add0_revoked(list, entry)
      ASN1_STRING_free(serial)
    }
    X509_CRL_sign(list, key, EVP_sha256())
    let target = "\(folder.path)/revoked.pem"
    try Self.write(target) { PEM_write_bio_X509_CRL($0, list) }
    return target
  }

  private static func begin(
    _ certificate: OpaquePointer, name: String, serialNumber: UInt64, key: OpaquePointer, validitySeconds: Int
  ) {
    X509_set_version(certificate, Int(X509_VERSION_3))
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serialNumber)
    X509_gmtime_adj(X509_getm_notBefore(certificate), min(0, validitySeconds) - 60)
    X509_gmtime_adj(X509_getm_notAfter(certificate), validitySeconds)
    let subject = X509_get_subject_name(certificate)
    for (part, text) in [("O", "FastShop, tests"), ("CN", name)] {
      let bytes = Array(text.utf8)
      X509_NAME_add_entry_by_txt(subject, part, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0)
    }
    X509_set_pubkey(certificate, key)
  }

  private static func extend(_ certificate: OpaquePointer, _ nid: Int32, _ value: String) {
    guard let fresh = openssl_make_extension(certificate, nid, value) else { return }
    X509_add_ext(certificate, fresh, -1)
    X509_EXTENSION_free(fresh)
  }

  private static func write(_ path: String, _ body: (OpaquePointer) -> Int32) throws {
    let file = try #require(BIO_new_file(path, "w"))
    defer { BIO_free(file) }
    try #require(body(file) == 1)
  }
}

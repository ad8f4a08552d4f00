internal import Credentials
internal import FoundationEssentials
internal import Platform

/// The supported signature algorithms of providers. All others are refused: `none`, and HMAC, whose key would be
/// public.
enum ProviderAlgorithm: String, Sendable, CaseIterable {
  case rs256 = "RS256"
  case es256 = "ES256"
  case edDSA = "EdDSA"
}

/// The JSON Web Key Set of a provider (RFC 7517).
struct ProviderKeySet: Sendable {
  static let bytesMax = 262_144
  private static let keysMax = 100

  /// The key, whose type determines its algorithm.
  fileprivate enum Material: Sendable {
    case rsa(RSAVerifyingKey)
    case p256(VerifyingKey)
    case ed25519(Ed25519VerifyingKey)

    var algorithm: ProviderAlgorithm {
      switch self {
      case .rsa: .rs256
      case .p256: .es256
      case .ed25519: .edDSA
      }
    }
  }

  /// A public key.
  struct Key: Sendable {
    let id: String?
    private let material: Material

    /// The only algorithm that the key verifies.
    var algorithm: ProviderAlgorithm { material.algorithm }

    /// Whether `signature` is a valid signature of `message`.
    func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
      switch material {
      case .rsa(let key): key.isValid(signature, of: message)
      case .p256(let key): key.isValid(signature, of: message)
      case .ed25519(let key): key.isValid(signature, of: message)
      }
    }

    fileprivate init?(_ entry: Entry) {
      guard entry.use == nil || entry.use == "sig", entry.key_ops == nil || entry.key_ops?.contains("verify") == true,
        let material = entry.material, entry.alg == nil || entry.alg == material.algorithm.rawValue
      else { return nil }
      id = entry.kid
      self.material = material
    }
  }

  /// An entry of the set. Entries that are not supported are ignored, as the standard requires.
  fileprivate struct Entry: Decodable {
    var kty: String
    var kid: String?
    var use: String?
    var key_ops: [String]?
    var alg: String?
    var crv: String?
    var n: String?
    var e: String?
    var x: String?
    var y: String?

    fileprivate var material: Material? {
      switch (kty, crv) {
      case ("RSA", nil):
        guard let n = bytes(n), let e = bytes(e) else { return nil }
        return RSAVerifyingKey(modulus: n, exponent: e).map(Material.rsa)
      case ("EC", "P-256"):
        guard let x = bytes(x), let y = bytes(y) else { return nil }
        return VerifyingKey(x: x, y: y).map(Material.p256)
      case ("OKP", "Ed25519"):
        return bytes(x).flatMap(Ed25519VerifyingKey.init(point:)).map(Material.ed25519)
      default: return nil
      }
    }

    private func bytes(_ text: String?) -> [UInt8]? { text.flatMap(Base64URL.decode) }
  }

  private struct Document: Decodable {
    struct Tolerant: Decodable {
      let entry: Entry?
      init(from decoder: any Decoder) { entry = try? Entry(from: decoder) }
    }
    var keys: [Tolerant]
  }

  let keys: [Key]

  /// - Throws: ``ProviderError/badAnswer(_:)`` when it is not a key set, or has no supported key.
  init(json: [UInt8]) throws(ProviderError) {
    guard let document = try? JSONDecoder().decode(Document.self, from: Data(json)) else {
      throw .badAnswer("the keys cannot be parsed")
    }
    guard document.keys.count <= Self.keysMax else { throw .badAnswer("there are more than \(Self.keysMax) keys") }
    keys = document.keys.compactMap { $0.entry.flatMap(Key.init) }
    guard !keys.isEmpty else { throw .badAnswer("there is no usable key") }
  }

  /// The key that a token names. A token that names none matches the only key of its algorithm.
  func key(_ id: String?, for algorithm: ProviderAlgorithm) -> Key? {
    let fitting = keys.filter { $0.algorithm == algorithm }
    if let id { return fitting.first { $0.id == id } }
    return fitting.count == 1 ? fitting[0] : nil
  }
}

internal import FoundationEssentials

/// A token that is handed out once and stored as its hash alone: 256 random bits, so that no key and no slow hash is
/// needed to keep it from being guessed.
public struct SingleUseToken: Sendable {
  private static let byteCount = 32

  /// What its holder gets: 43 letters that fit into a URL.
  public let text: String
  /// What is stored: 32 bytes.
  public var hash: [UInt8] { Self.hash(of: text) }

  /// A new token.
  public init() { self.init(secret: Cryptography.random(Self.byteCount)) }

  /// The token of 32 secret bytes, which nobody else can compute.
  public init(secret bytes: [UInt8]) {
    text = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
  }

  /// What would be stored if somebody's text were a token.
  public static func hash(of text: String) -> [UInt8] { Cryptography.sha256(Array(text.utf8)) }
}

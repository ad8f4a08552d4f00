internal import FoundationEssentials

/// A token that is issued once and stored as its hash: 256 random bits, so a plain hash protects it from guessing.
public struct SingleUseToken: Sendable {
  private static let byteCount = 32

  /// The text of the token: 43 letters that fit into a URL.
  public let text: String
  /// The stored hash: 32 bytes.
  public var hash: [UInt8] { Self.hash(of: text) }

  /// A new token.
  public init() { self.init(secret: Cryptography.random(Self.byteCount)) }

  /// The token of 32 secret bytes.
  public init(secret bytes: [UInt8]) {
    text = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
  }

  /// The hash of a presented token.
  public static func hash(of text: String) -> [UInt8] { Cryptography.sha256(Array(text.utf8)) }
}

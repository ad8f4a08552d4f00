/// The limits for decoding external bytes.
public struct DecodeLimits: Sendable {
  /// The longest encoding, in bytes.
  public var bytesMax: Int
  /// The maximum nesting of messages; the outermost is at depth 1.
  public var depthMax: Int
  /// The maximum number of fields in total, with repetitions and unknown fields; for packed fields, of elements.
  public var elementsMax: Int
  /// Whether fields that the type does not have are kept in the message, or skipped.
  public var keepsUnknownFields: Bool

  /// Limits; what is not given is as in `standard`.
  public init(
    bytesMax: Int = 64 << 20, depthMax: Int = 64, elementsMax: Int = 1_000_000, keepsUnknownFields: Bool = true
  ) {
    self.bytesMax = bytesMax
    self.depthMax = depthMax
    self.elementsMax = elementsMax
    self.keepsUnknownFields = keepsUnknownFields
  }

  /// 64 MiB, 64 deep, 1,000,000 elements; unknown fields are kept. The arena's own limit bounds the memory.
  public static let standard = DecodeLimits()
}

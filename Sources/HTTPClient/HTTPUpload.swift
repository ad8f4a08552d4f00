/// The body of a request that is sent piece by piece, so that it is never in memory as a whole.
public struct HTTPUpload: Sendable {
  /// The bytes of the whole body.
  public let length: Int
  let piece: @Sendable (_ offset: Int) async throws -> [UInt8]

  /// A body of `length` bytes.
  /// - Parameter piece: the bytes from `offset` on: at least one, and as many as suit. It may be asked for the same
  ///   bytes again. What it throws breaks the request off.
  public init(length: Int, piece: @escaping @Sendable (_ offset: Int) async throws -> [UInt8]) {
    self.length = length
    self.piece = piece
  }
}

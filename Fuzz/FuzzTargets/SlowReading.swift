import BenchAPI
import Protobuf

/// The messages in the body of a call, read one after another with no thought of speed.
struct SlowReading {
  private static let prefixBytes = 5

  /// Those before anything that is wrong, encoded anew.
  var messages: [[UInt8]] = []
  var isSound = true
  /// The flags before a message say that it is compressed, or something else: what it holds is not looked at.
  var hasFlags = false

  /// Reads `body`; `decode` makes a message of what stands behind a prefix.
  init(_ body: [UInt8], decode: ([UInt8]) throws -> EchoRequest) {
    var rest = body[...]
    while !rest.isEmpty {
      let prefix = Array(rest.prefix(Self.prefixBytes))
      if prefix[0] != 0 {
        hasFlags = true
        return
      }
      isSound = false
      guard prefix.count == Self.prefixBytes else { return }
      let length = RawFrames.number(prefix[1...])
      guard length <= FuzzServer.requestBytesMax, rest.count >= Self.prefixBytes + length else { return }
      let message = Array(rest.dropFirst(Self.prefixBytes).prefix(length))
      guard let encoded = try? decode(message).encoded() else { return }
      messages.append(encoded)
      isSound = true
      rest = rest.dropFirst(Self.prefixBytes + length)
    }
  }
}

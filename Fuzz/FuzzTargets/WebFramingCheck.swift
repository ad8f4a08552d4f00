import BenchAPI
import Protobuf

/// As ``FramingCheck``, for the bodies of gRPC-Web, binary and as text, and of Connect's streams.
enum WebFramingCheck {
  private static let server = FuzzServer()
  private static let piecesMax = 32
  private static let contentTypes = [
    "application/grpc-web+proto", "application/grpc-web-text+proto", "application/connect+proto",
    "application/connect+json",
  ]
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func run(_ input: [UInt8]) {
    guard input.count >= 2 else { return }
    let contentType = contentTypes[Int(input[1]) % contentTypes.count]
    let body = Array(input.dropFirst(2))
    let seen = send(body, contentType, pieceBytes: Int(input[0]))
    guard let plain = contentType.contains("-text") ? decoded(body) : body else {
      return mustHold(seen?.endedWell != true, "a request is taken that is not base 64")
    }
    let expected = SlowReading(plain) { message in
      if contentType.hasSuffix("+proto") {
        return try EchoRequest(decoding: message, in: Arena(), limits: FuzzServer.decodeLimits)
      }
      // No bytes at all stand for the message without fields.
      return message.isEmpty ? EchoRequest(in: Arena()) : try EchoRequest(json: message, in: Arena())
    }
    mustHold(
      (seen?.endedWell ?? false) == (expected.isSound && !expected.hasFlags), "one accepts what the other refuses")
    guard let seen else { return mustHold(!expected.isSound || expected.hasFlags, "the handler was not called") }
    // What is refused ends the call at once: messages before it may be lost with it.
    mustHold(expected.messages.starts(with: seen.requests), "other messages")
    if seen.endedWell { mustHold(expected.messages.count == seen.requests.count, "messages are missing") }
  }

  /// - Returns: what the handler saw.
  private static func send(_ body: [UInt8], _ contentType: String, pieceBytes: Int) -> FuzzService.RecordedCall? {
    var packets = [(RawFrames.greeting + RawFrames.call("/fuzz.Fuzz/Collect", [], contentType: contentType))[...]]
    let pieces = body.pieces(of: pieceBytes, most: piecesMax)
    for (index, piece) in pieces.enumerated() {
      packets.append(RawFrames.data(piece, endsStream: index == pieces.count - 1)[...])
    }
    _ = server.service.takeRecordedCall()
    let answer = server.converse(packets) { $0.hasEndedCall }
    mustHold(answer.hasEndedCall, "the call got no answer")
    return server.service.takeRecordedCall()
  }

  /// Base 64 whose every group of four may be padded; nil for anything else.
  private static func decoded(_ text: [UInt8]) -> [UInt8]? {
    guard text.count.isMultiple(of: 4) else { return nil }
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: text.count, by: 4) {
      let group = text[start..<start + 4]
      let digits = group.prefix { $0 != UInt8(ascii: "=") }.map { alphabet.firstIndex(of: $0) }
      let isPadded = group.dropFirst(digits.count).allSatisfy { $0 == UInt8(ascii: "=") }
      guard digits.count >= 2, isPadded, !digits.contains(nil) else { return nil }
      var bits = digits.compactMap(\.self).reduce(0) { $0 << 6 | $1 }
      bits <<= 6 * (4 - digits.count)
      bytes += RawFrames.bigEndian(bits, bytes: 3).prefix(digits.count - 1)
    }
    return bytes
  }
}

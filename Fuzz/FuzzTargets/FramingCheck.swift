import BenchAPI
import Protobuf

/// However a call's messages come in pieces, its handler gets those that a slow reading finds, and no others.
enum FramingCheck {
  private static let server = FuzzServer()
  private static let encodings = ["identity", "gzip", "deflate", "unheard-of"]
  private static let prefixBytes = 5
  private static let piecesMax = 32

  static func run(_ input: [UInt8]) {
    guard input.count >= 2 else { return }
    let body = Array(input.dropFirst(2))
    let encoding = encodings[Int(input[1]) % encodings.count]
    let fields = encoding == "identity" ? [] : [(name: Array("grpc-encoding".utf8), value: Array(encoding.utf8))]
    var packets = [(RawFrames.greeting + RawFrames.call("/fuzz.Fuzz/Collect", fields))[...]]
    let pieces = body.pieces(of: Int(input[0]), most: piecesMax)
    for (index, piece) in pieces.enumerated() {
      packets.append(RawFrames.data(piece, endsStream: index == pieces.count - 1)[...])
    }
    _ = server.service.takeRecordedCall()
    let answer = server.converse(packets) { $0.hasEndedCall }
    mustHold(answer.hasEndedCall, "the call got no answer")
    let seen = server.service.takeRecordedCall()
    let expected = SlowReading(body) { try EchoRequest(decoding: $0, in: Arena(), limits: FuzzServer.decodeLimits) }
    if expected.hasFlags || encoding == "unheard-of" {
      // Refused before its handler, or read by a decompressor: never more than was sent.
      let mayEndWell = encoding == "gzip" || encoding == "deflate"
      mustHold(mayEndWell || seen?.endedWell != true, "compressed messages without an encoding")
      mustHold((seen?.requests.count ?? 0) <= body.count / prefixBytes, "messages that were not sent")
      return
    }
    mustHold(seen?.endedWell ?? false == expected.isSound, "one accepts what the other refuses")
    guard let seen else { return mustHold(!expected.isSound, "the handler was not called") }
    // What is refused ends the call at once: messages before it may be lost with it.
    mustHold(expected.messages.starts(with: seen.requests), "other messages")
    if expected.isSound { mustHold(expected.messages.count == seen.requests.count, "messages are missing") }
  }
}

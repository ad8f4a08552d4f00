/// Whatever a client sends, the server lives, the connection ends, and nothing is left of it. Its own frames are sound.
enum HTTP2Check {
  private static let server = FuzzServer()
  private static let piecesMax = 64
  private static let settings: UInt8 = 4

  static func run(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let session = Array(input.dropFirst())
    let answer = server.converse(session.pieces(of: Int(first), most: piecesMax)) { _ in true }
    guard session.starts(with: RawFrames.preface), let frame = answer.frames.first else { return }
    mustHold(frame.type == settings && frame.stream == 0, "the first frame is not of settings")
  }
}

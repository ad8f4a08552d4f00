/// Which files may touch memory by hand: the ground floor's seams to C, and nothing above it.
enum UnsafeMemory {
  static let allowed: Set<String> = Set(
    files(in: "Sources/EventLoop", "EventLoop JobRing LoopLocal Poll Thread Timer")
      + files(
        in: "Sources/RPC/TLS",
        "ApplicationProtocols CiphertextQueue SelfSignedPair TLSContext TLSSession TLSTransport"))

  private static func files(in folder: String, _ names: String) -> [String] {
    names.split(separator: " ").map { "\(folder)/\($0).swift" }
  }

  static func isTouched(by file: SourceFile) -> Bool {
    file.lines.contains { line in
      let code = line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex)
      return code.firstMatch(
        of: #/\bUnsafe\w*(Pointer|Span)|\bOpaquePointer\b|\bUnmanaged\b|\bunsafe\w*\b|\bwithUnsafe/#) != nil
    }
  }
}

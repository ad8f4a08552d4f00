import CLibFuzzer
import FuzzTargets

/// `fuzz TARGET [libFuzzer's options] [CORPUS…]`
@main
struct Fuzz {
  static func main() {
    guard CommandLine.arguments.count > 1, let target = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
      return print("usage: fuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [libFuzzer's options]")
    }
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    // libFuzzer takes what has no dash for a folder of inputs, unless it comes first: the program's name.
    arguments? += 1
    count -= 1
    // A callback of C captures nothing, so there is one for each.
    switch target {
    case .decode: _ = LLVMFuzzerRunDriver(&count, &arguments) { run(.decode, $0, $1) }
    case .json: _ = LLVMFuzzerRunDriver(&count, &arguments) { run(.json, $0, $1) }
    case .text: _ = LLVMFuzzerRunDriver(&count, &arguments) { run(.text, $0, $1) }
    case .http2: _ = LLVMFuzzerRunDriver(&count, &arguments) { run(.http2, $0, $1) }
    case .http1: _ = LLVMFuzzerRunDriver(&count, &arguments) { run(.http1, $0, $1) }
    case .web: _ = LLVMFuzzerRunDriver(&count, &arguments) { run(.web, $0, $1) }
    case .answers: _ = LLVMFuzzerRunDriver(&count, &arguments) { run(.answers, $0, $1) }
    case .framing: _ = LLVMFuzzerRunDriver(&count, &arguments) { run(.framing, $0, $1) }
    case .metadata: _ = LLVMFuzzerRunDriver(&count, &arguments) { run(.metadata, $0, $1) }
    case .timeout: _ = LLVMFuzzerRunDriver(&count, &arguments) { run(.timeout, $0, $1) }
    case .services: _ = LLVMFuzzerRunDriver(&count, &arguments) { run(.services, $0, $1) }
    }
  }
}

private func run(_ target: FuzzTarget, _ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target.run(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

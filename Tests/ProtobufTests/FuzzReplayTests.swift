import Foundation
import FuzzTargets
import Protobuf
import Testing

@Suite("what fuzzing found, and a little more of it")
struct FuzzReplayTests {
  /// Inputs changed at random for each seed.
  private static let mutationsPerSeed = 20

  @Test("holds for the golden messages, the corpus, and both slightly damaged", arguments: FuzzTarget.allCases)
  func replay(_ target: FuzzTarget) throws {
    // The same inputs at every run: what fails here must fail again.
    var random = SplitMix(state: 2)
    let seeds = try goldenInputs(target) + corpus(target)
    for seed in seeds {
      target.run(seed)
      for _ in 0..<FuzzReplayTests.mutationsPerSeed { target.run(damaged(seed, &random)) }
    }
    #expect(seeds.count >= 40)
  }

  private func corpus(_ target: FuzzTarget) throws -> [[UInt8]] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fuzz/Corpus")
    return try FileManager.default.contentsOfDirectory(
      at: root.appending(path: target.rawValue), includingPropertiesForKeys: nil
    ).map { try Array(Data(contentsOf: $0)) }
  }

  private func goldenInputs(_ target: FuzzTarget) -> [[UInt8]] {
    let golden = GoldenFile.shared
    let inputs: [(type: String, bytes: [UInt8])] =
      switch target {
      case .decode: golden.canonical.map { ($0.type, Array($0.bytes)) }
      case .json:
        golden.canonical.map { ($0.type, Array($0.json.utf8)) }
          + golden.acceptedJSON.map { ($0.type, Array($0.source.utf8)) }
      case .text:
        golden.canonical.map { ($0.type, Array($0.text.utf8)) }
          + golden.acceptedText.map { ($0.type, Array($0.source.utf8)) }
      }
    return inputs.map { input in
      let index = FuzzTarget.types.firstIndex { $0.descriptor.fullName.hasSuffix(".\(input.type)") }
      return [UInt8(index ?? 0)] + input.bytes
    }
  }

  private func damaged(_ seed: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var bytes = seed
    for _ in 0...Int.random(in: 0..<3, using: &random) where bytes.count > 1 {
      let index = Int.random(in: 1..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.remove(at: index)
      default: bytes.insert(contentsOf: bytes[index...].prefix(8), at: index)
      }
    }
    return bytes
  }
}

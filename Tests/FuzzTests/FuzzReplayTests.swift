import Foundation
import FuzzTargets
import OwnThread
import SeededRandom
import Testing

@Suite("what fuzzing found, and a little more of it", .serialized)
struct FuzzReplayTests {
  /// Inputs changed at random for each seed.
  private static let mutationsPerSeed = 20
  private static let fuzzFolder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fuzz")

  @Test("holds for the seeds, the corpus, and both slightly damaged", arguments: FuzzTarget.allCases)
  func replay(_ target: FuzzTarget) async throws {
    let count = try await onOwnThread {
      // The same inputs at every run: what fails here must fail again.
      var random = SplitMix(seed: 2)
      let seeds = try seeds(target) + files(in: Self.fuzzFolder.appending(path: "Corpus/\(target.rawValue)"))
      for seed in seeds {
        target.run(seed)
        for _ in 0..<Self.mutationsPerSeed { target.run(damaged(seed, &random)) }
      }
      return seeds.count
    }
    #expect(count >= 10)
  }

  @Test("has a seed for every method of the shop")
  func everyMethod() async throws {
    let missing = try await onOwnThread { ServicesCheck.methods(without: try seeds(.services)) }
    #expect(missing == [])
  }

  /// What the fuzzer itself begins with.
  private func seeds(_ target: FuzzTarget) throws -> [[UInt8]] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fuzz-seeds-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let script = Self.fuzzFolder.appending(path: "make_corpus.py").path
    let maker = try Process.run(URL(filePath: "/usr/bin/env"), arguments: ["python3", "-B", script, folder.path])
    maker.waitUntilExit()
    try #require(maker.terminationStatus == 0, "the seeds could not be made")
    return try files(in: folder.appending(path: target.rawValue))
  }

  /// The folder's files in the order of their names; none when there is no such folder.
  private func files(in folder: URL) throws -> [[UInt8]] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .map { try Array(Data(contentsOf: folder.appending(path: $0))) }
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

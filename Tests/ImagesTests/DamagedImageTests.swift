import SeededRandom
import Testing

@testable import Images

@Suite struct DamagedImageTests {
  private static let trialsOfEach = 150
  private static let sizes = [RenditionSize("large", sideMax: 64), RenditionSize("small", sideMax: 16)]

  @Test("a file that is cut or changed at random is refused or shown", arguments: ImageType.allCases)
  func damagedFiles(type: ImageType) async throws {
    var limits = ImageLimits()
    // What a damaged header claims must not take long.
    limits.pixelsMax = 1_000_000
    try await ImageProcessor.run(limits: limits) { images async throws in
      let sample = try await images.sample(type, 90, 60)
      let seed = type == .jpeg ? TestImage.jpeg(sample, orientation: 6) : sample
      var random = SplitMix(seed: 4)
      var shown = 0
      for _ in 0..<Self.trialsOfEach {
        let damaged = Self.damaged(seed, &random)
        do throws(ImageError) {
          for rendition in try await images.renditionsOfDamaged(damaged, Self.sizes) {
            let header = try await images.headerOfRendition(rendition.bytes)
            #expect(header.width <= rendition.size.sideMax && header.height <= rendition.size.sideMax)
          }
          shown += 1
        } catch {
          if case .unavailable = error { Issue.record("\(error)") }
        }
      }
      // Otherwise only refusals were tried.
      #expect(shown < Self.trialsOfEach)
      let made = try await images.renditions(ofBytes: seed, Self.sizes)
      #expect(made.count == 4)
    }
  }

  private static func damaged(_ seed: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var bytes = seed
    for _ in 0...random.below(4) where bytes.count > 1 {
      let index = random.below(bytes.count)
      switch random.below(5) {
      case 0: bytes[index] = UInt8(random.below(256))
      case 1: bytes[index] ^= 1 << UInt8(random.below(8))
      case 2: bytes.remove(at: index)
      case 3: bytes.insert(contentsOf: bytes[index...].prefix(8), at: index)
      default: bytes.removeLast(random.below(bytes.count))
      }
    }
    return bytes
  }
}

extension ImageProcessor {
  fileprivate func renditionsOfDamaged(
    _ bytes: [UInt8], _ sizes: [RenditionSize]
  ) async throws(ImageError) -> [Rendition] {
    guard let file = try? TestFile(bytes) else { throw .unavailable("no file can be written") }
    return try await renditions(of: file.path, sizes, [.webp, .jpeg])
  }

  fileprivate func headerOfRendition(_ bytes: [UInt8]) async throws(ImageError) -> ImageHeader {
    guard let file = try? TestFile(bytes) else { throw .unavailable("no file can be written") }
    return try await header(of: file.path)
  }
}

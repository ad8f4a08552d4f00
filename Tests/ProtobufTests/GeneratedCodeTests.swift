import Foundation
import Testing

@Suite("Generated code")
struct GeneratedCodeTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Where everything is generated, or only generated files are.
  private static let generatedOnly = [
    "Sources/API", "Sources/CProtobufTypes", "Sources/CStandardProtos", "Sources/Protobuf/Generated",
    "Sources/RPC/Generated", "Benchmarks/BenchAPI", "Benchmarks/CBenchAPI", "Tests/TestAPI/CTestAPI",
    "Tests/TestAPI/Calendar", "Tests/TestAPI/Generated", "Tests/TestAPI/Post",
  ]

  @Test("what is checked in is what `make proto` makes, no more and no less", .timeLimit(.minutes(2)))
  func isInStep() throws {
    try ProgramRun.inTemporaryDirectory { fresh in
      let script = Self.repository.appending(path: "Scripts/generate-proto.sh").path
      let run = try ProgramRun(script, ["--into", fresh.path, "--plugin", try ProgramRun.generator()])
      #expect(run.status == 0, "\(run.text)")
      let made = try Self.files(below: fresh)
      #expect(made.count > 40)
      for path in made {
        let difference = try ProgramRun(
          "/usr/bin/diff", [fresh.appending(path: path).path, Self.repository.appending(path: path).path])
        #expect(difference.status == 0, "\(path) is out of step: run `make proto`\n\(difference.text.prefix(400))")
      }
      for target in Self.generatedOnly {
        let here = try Self.files(below: Self.repository.appending(path: target))
        #expect(here.map { target + "/" + $0 }.filter { !made.contains($0) } == [], "left over from before")
      }
    }
  }

  @Test("C has no comments of .proto files, and no imports that are for options alone")
  func plainC() throws {
    let api = Self.repository.appending(path: "Sources/API")
    let made = try Self.files(below: api).filter { $0.hasSuffix(".pb-c.h") }
    #expect(!made.isEmpty)
    for path in made {
      let text = try String(contentsOf: api.appending(path: path), encoding: .utf8)
      #expect(!text.contains("\n *") && !text.contains("\n   *"), "\(path) has a comment")
      #expect(path.hasPrefix("Policy/") || !text.contains("#include \"fastshop/policy"), "\(path)")
    }
  }

  private static func files(below directory: URL) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: directory.path)
      .filter { directory.appending(path: $0).pathExtension != "" }.sorted()
  }
}

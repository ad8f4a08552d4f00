import Foundation
import Testing

@Suite("Generated code")
struct GeneratedCodeTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test("what is checked in is what `make proto` makes", .timeLimit(.minutes(2)))
  func isInStep() throws {
    let fresh = FileManager.default.temporaryDirectory.appending(
      path: "generated-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: fresh) }
    let script = Self.repository.appending(path: "Scripts/generate-proto.sh").path
    let output = try run(script, "--into", fresh.path, "--plugin", try plugin())
    #expect(output.status == 0, "\(output.text)")
    let targets = try FileManager.default.subpathsOfDirectory(atPath: fresh.path).filter { path in
      path.hasSuffix(".swift") || path.hasSuffix(".c") || path.hasSuffix(".h") || path.hasSuffix(".modulemap")
    }
    #expect(targets.count > 40)
    for path in targets {
      let difference = try run(
        "/usr/bin/diff", fresh.appending(path: path).path, Self.repository.appending(path: path).path)
      #expect(difference.status == 0, "\(path) is out of step: run `make proto`\n\(difference.text.prefix(400))")
    }
  }

  @Test("nothing is left over from .proto files that are gone")
  func hasNoLeftovers() throws {
    let fresh = FileManager.default.temporaryDirectory.appending(
      path: "leftover-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: fresh) }
    let script = Self.repository.appending(path: "Scripts/generate-proto.sh").path
    _ = try run(script, "--into", fresh.path, "--plugin", try plugin())
    for target in ["Sources/FastShopAPI", "Sources/CFastShopAPI", "Sources/CProtobufTypes", "Sources/CStandardProtos"] {
      let here = try FileManager.default.subpathsOfDirectory(atPath: Self.repository.appending(path: target).path)
      let made = Set(try FileManager.default.subpathsOfDirectory(atPath: fresh.appending(path: target).path))
      #expect(here.filter { !made.contains($0) } == [], "left over in \(target)")
    }
  }

  /// The generator that was built for this test run stands beside the test bundle.
  private func plugin() throws -> String {
    let bundle = try #require(CommandLine.arguments.first { $0.contains(".xctest") }, "not run by swift test")
    var directory = URL(filePath: bundle)
    while directory.path.contains(".xctest") { directory.deleteLastPathComponent() }
    return directory.appending(path: "protoc-gen-fastshop").path
  }

  private func run(_ program: String, _ arguments: String...) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}

import Foundation
import Testing

/// A program that was run to its end.
struct ProgramRun {
  let status: Int32
  /// What it wrote, to either output.
  let text: String

  init(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    status = process.terminationStatus
  }

  /// The generator that was built for this test run; it stands beside the test bundle.
  static func generator() throws -> String {
    let bundle = try #require(CommandLine.arguments.first { $0.contains(".xctest") }, "not run by swift test")
    var directory = URL(filePath: bundle)
    while directory.path.contains(".xctest") { directory.deleteLastPathComponent() }
    return directory.appending(path: "protoc-gen-fastshop").path
  }

  /// Calls `body` with a new directory that is removed afterwards.
  static func inTemporaryDirectory(_ body: (URL) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "protobuf-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory)
  }
}

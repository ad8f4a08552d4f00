import Glibc
import Sealing
import Testing

/// A file that several processes append lines to.
@Suite struct LineFileTests {
  private static func path() -> String { "/tmp/fastshop-lines-\(getpid())-\(UInt64.random(in: .min ... .max))" }

  private static func lines(_ file: LineFile) throws -> [String] {
    var lines: [String] = []
    try file.forEachLine { _, line in lines.append(line) }
    return lines
  }

  @Test func eachLineIsComputedFromTheLastOne() throws {
    let file = LineFile(path: Self.path())
    defer { unlink(file.path) }
    for _ in 0..<3 { try file.append { last in (last ?? "") + "x" } }
    #expect(try Self.lines(file) == ["x", "xx", "xxx"])
  }

  @Test(.timeLimit(.minutes(5)))
  func aFileThatSomebodyKeepsLockedIsToldOfAndNotWaitedForForEver() throws {
    let file = LineFile(path: Self.path())
    let holder = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer {
      close(holder)
      unlink(file.path)
    }
    try #require(flock(holder, LOCK_EX) == 0)
    #expect(throws: SealingError.unusableFile(path: file.path, reason: "another process keeps it locked")) {
      try file.append { _ in "x" }
    }
    try #require(flock(holder, LOCK_UN) == 0)
    try file.append { _ in "x" }
    #expect(try Self.lines(file) == ["x"])
  }
}

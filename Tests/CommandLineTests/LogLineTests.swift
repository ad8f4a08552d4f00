import Foundation
import Logging
import Testing

@testable import fastshop

@Suite struct LogLineTests {
  static func line(_ format: LogFormat, _ message: Logger.Message, _ metadata: Logger.Metadata) -> String {
    let handler = LineLogHandler(label: "fastshop", format: format, level: .info)
    let event = LogEvent(
      level: .warning, message: message, error: nil, metadata: metadata, source: nil, file: "", function: "", line: 1)
    return handler.line(event, at: Date(timeIntervalSince1970: 0.25))
  }

  @Test(arguments: [
    (
      LogFormat.logfmt,
      #"time=1970-01-01T00:00:00.250Z level=warning label=fastshop msg="a \"b\"\nc" at="x y" loops=2"#
    ),
    (
      LogFormat.json,
      #"{"time":"1970-01-01T00:00:00.250Z","level":"warning","label":"fastshop","#
        + #""msg":"a \"b\"\nc","at":"x y","loops":"2"}"#
    ),
  ])
  func `an entry is one line that nothing breaks out of`(format: LogFormat, expected: String) {
    #expect(Self.line(format, "a \"b\"\nc", ["loops": "2", "at": "x y"]) == expected)
  }

  @Test func `keys and control characters are tamed`() {
    #expect(LogFormat.logfmt.line([(key: "a b=c", value: "\u{1B}[31m")]) == #"a_b_c="\u001b[31m""#)
  }
}

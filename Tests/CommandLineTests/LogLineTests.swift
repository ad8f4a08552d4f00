import Foundation
import Logging
import Telemetry
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
    #expect(LogFormat.logfmt.line([(key: "a b=c", value: .text("\u{1B}[31m"))]) == #"a_b_c="\u001b[31m""#)
  }

  @Test(arguments: [
    (LogFormat.json, #""b":true,"d":0.5,"f":{"x":1},"i":-7,"l":["a",2],"ms":0.012,"n":"nan","s":"7"}"#),
    (LogFormat.logfmt, "b=true d=0.5 f=x:1 i=-7 l=a,2 ms=0.012 n=nan s=7"),
  ])
  func `numbers and truth values stay what they are, and texts stay texts`(format: LogFormat, end: String) {
    let metadata: Logger.Metadata = [
      "b": .stringConvertible(true), "d": .stringConvertible(0.5), "f": ["x": .stringConvertible(1)],
      "i": .stringConvertible(-7), "l": ["a", .stringConvertible(Int64(2))], "n": .stringConvertible(Double.nan),
      "ms": .stringConvertible(LogNumber(millisecondsOf: 12_345)), "s": "7",
    ]
    #expect(Self.line(format, "a", metadata).hasSuffix(end))
  }
}

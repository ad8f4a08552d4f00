import Testing

@testable import Catalog

@Suite struct ByteRangeTests {
  private static let ranges: [(field: String?, total: Int, ByteRange)] = [
    (nil, 10, .whole), ("bytes=0-3", 10, .part(0..<4)), ("bytes=4-", 10, .part(4..<10)),
    ("bytes=-3", 10, .part(7..<10)), ("bytes=-30", 10, .part(0..<10)), ("bytes=9-9", 10, .part(9..<10)),
    ("bytes=5-99999999999999999999", 10, .part(5..<10)), ("bytes=10-", 10, .unsatisfiable),
    ("bytes=99999999999999999999-", 10, .unsatisfiable), ("bytes=-0", 10, .unsatisfiable),
    ("bytes=0-", 0, .unsatisfiable), ("bytes=-1", 0, .unsatisfiable),
    // What is malformed, or several ranges, is answered with the whole.
    ("bytes=4-3", 10, .whole), ("bytes=-", 10, .whole), ("bytes=a-b", 10, .whole), ("bytes=0-1,3-4", 10, .whole),
    ("lines=0-3", 10, .whole), ("bytes=+1-2", 10, .whole), ("bytes=1-2-3", 10, .whole), ("", 10, .whole),
  ]

  @Test("a range is the part that it names", arguments: ranges.indices)
  func range(index: Int) {
    let (field, total, expected) = Self.ranges[index]
    #expect(ByteRange(field, of: total) == expected, "\(field ?? "none") of \(total)")
  }

  @Test(
    "a tag is found in a list, whatever white space is around it",
    arguments: [
      ("\"a\"", true), ("W/\"a\"", true), ("*", true), ("\"a\" ", true), (" \"a\"\t", true), ("\"b\" , \"a\" ,", true),
      ("\"b\"", false), ("\"aa\"", false), ("a", false), ("", false), (" , ", false),
    ] as [(String, Bool)])
  func tags(field: String, isFound: Bool) {
    #expect(ByteRange.matches(field, "\"a\"") == isFound)
    #expect(!ByteRange.matches(nil, "\"a\""))
  }
}

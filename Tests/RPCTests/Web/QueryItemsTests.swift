import Testing

@testable import RPC

/// Queries, as browsers and forms write them.
@Suite struct QueryItemsTests {
  @Test(
    arguments: [
      ("", "a", nil), ("a=1", "a", "1"), ("a=1&b=2", "b", "2"), ("a=1&a=2", "a", "1"), ("a", "a", ""), ("a=", "a", ""),
      ("=1", "", "1"), ("&&a=1&", "a", "1"), ("a=b=c", "a", "b=c"), ("a=b%20c+d", "a", "b c d"), ("%61=1", "a", "1"),
      ("a=%7B%22b%22%3A1%7D", "a", #"{"b":1}"#), ("a=na%C3%AFve", "a", "naïve"), ("a=%2b", "a", "+"),
      ("a=%", "a", "%"), ("a=%4", "a", "%4"), ("a=%zz", "a", "%zz"), ("a=%ff", "a", "\u{fffd}"), ("A=1", "a", nil),
    ] as [(String, String, String?)])
  func findsByName(_ query: String, _ name: String, _ value: String?) {
    #expect(QueryItems(query)[name] == value)
  }

  @Test func bytesComeAsTheyAre() {
    #expect(QueryItems("a=%00%ff%7f+").bytes("a") == [0, 255, 127, 32])
  }

  @Test func noMoreAreLookedAtThanAHundred() {
    let query = (0..<200).map { "a\($0)=1" }.joined(separator: "&")
    #expect(QueryItems(query)["a99"] == "1")
    #expect(QueryItems(query)["a100"] == nil)
  }
}

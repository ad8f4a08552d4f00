import Platform
import Protobuf
import RPC
import Testing

@Suite struct ETagTests {
  static let noETags = ["v", "v0", "v-1", "v01", "v+1", "1", "V1", "v1 ", "\"v1\"", "v9223372036854775808", "vv1"]

  @Test(arguments: noETags)
  func whatIsNoETagIsRefusedByName(_ text: String) throws {
    #expect(ETag(text) == nil)
    var check = RequestCheck()
    _ = check.etag(Arena().text(text), "etag")
    let error = #expect(throws: RPCError.self) { try check.verify() }
    #expect(error?.code == .invalidArgument && error?.fields == ["etag"])
  }

  @Test(arguments: [1, 42, Int64.max])
  func anETagIsReadBack(_ version: Int64) throws {
    #expect(ETag(ETag(version: version).text) == ETag(version: version))
    var check = RequestCheck()
    let arena = Arena()
    #expect(check.etag(arena.text("v\(version)"), "etag") == .exactly(ETag(version: version)))
    #expect(check.etag(arena.text(""), "etag") == .any)
    try check.verify()
  }

  @Test func aStaleOneIsAnsweredWithThePresentOne() throws {
    let id = try #require(ID("018cc251-f400-7ade-9e36-72a2a82a4f57"))
    let expected = ExpectedState.exactly(ETag(version: 3))
    #expect(throws: Never.self) { try expected.verify(3, of: "fastshop.a.v1.A", id) }
    #expect(throws: Never.self) { try ExpectedState.any.verify(4, of: "fastshop.a.v1.A", id) }
    let stale = #expect(throws: StaleETag.self) { try expected.verify(4, of: "fastshop.a.v1.A", id) }
    let error = try #require(stale?.rpcError)
    #expect(error.code == .aborted)
    #expect(error.details.first == .errorInfo(reason: "ETAG_MISMATCH", domain: "fastshop", metadata: ["etag": "v4"]))
  }
}

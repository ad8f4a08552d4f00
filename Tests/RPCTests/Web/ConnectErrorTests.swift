import Foundation
import Testing

@testable import RPC

/// Connect's errors, as its protocol reference writes them.
@Suite struct ConnectErrorTests {
  private static let codes: [(StatusCode, String, Int)] = [
    (.cancelled, "canceled", 499), (.unknown, "unknown", 500), (.invalidArgument, "invalid_argument", 400),
    (.deadlineExceeded, "deadline_exceeded", 504), (.notFound, "not_found", 404),
    (.alreadyExists, "already_exists", 409), (.permissionDenied, "permission_denied", 403),
    (.resourceExhausted, "resource_exhausted", 429), (.failedPrecondition, "failed_precondition", 400),
    (.aborted, "aborted", 409), (.outOfRange, "out_of_range", 400), (.unimplemented, "unimplemented", 501),
    (.internal, "internal", 500), (.unavailable, "unavailable", 503), (.dataLoss, "data_loss", 500),
    (.unauthenticated, "unauthenticated", 401),
  ]

  @Test(arguments: codes) func everyCodeHasItsNameAndStatus(_ code: StatusCode, _ name: String, _ status: Int) {
    #expect(ConnectError.name(code) == name)
    #expect(ConnectError.httpStatus(code) == status)
  }

  @Test func noCodeIsForgotten() {
    #expect(Set(Self.codes.map(\.0)).union([.ok]) == Set(StatusCode.allCases))
  }

  @Test func whatIsEmptyIsLeftOut() {
    #expect(ConnectError.json(RPCError(.notFound, "")) == #"{"code":"not_found"}"#)
    #expect(ConnectError.endOfStream(nil, trailers: [:]) == "{}")
  }

  @Test func anySentenceIsValidJSON() throws {
    let sentence = "\"quoted\" \\ \n\r\t \u{0}\u{1f}\u{7f} naïve 😈 </script>"
    let object = try parsed(ConnectError.json(RPCError(.internal, sentence)))
    #expect(object["message"] as? String == sentence)
  }

  @Test func detailsAreBase64WithoutPaddingAndReadable() throws {
    let details: [ErrorDetail] = [
      .badRequest([.init(field: "a.b", description: "is wrong")]), .retryInfo(delay: .milliseconds(1500)),
    ]
    let object = try parsed(ConnectError.json(RPCError(.invalidArgument, "no", details: details)))
    let written = try #require(object["details"] as? [[String: Any]])
    #expect(written.map { $0["type"] as? String } == ["google.rpc.BadRequest", "google.rpc.RetryInfo"])
    for detail in written {
      let value = try #require(detail["value"] as? String)
      #expect(Base64.decode(value) != nil && !value.contains("="))
      #expect(detail["debug"] is [String: Any])
    }
  }

  @Test func theEndOfAStreamCarriesErrorAndMetadata() throws {
    var trailers: Metadata = ["x-a": "1", "x-b": "2"]
    trailers.add("x-a", "3")
    let error = RPCError(.aborted, "again", trailers: ["x-a": "4", "retry-after": "5"])
    let end = try parsed(ConnectError.endOfStream(error, trailers: trailers))
    #expect((end["error"] as? [String: Any])?["code"] as? String == "aborted")
    let metadata = try #require(end["metadata"] as? [String: [String]])
    #expect(metadata == ["x-a": ["1", "3", "4"], "x-b": ["2"], "retry-after": ["5"]])
    let well = try parsed(ConnectError.endOfStream(nil, trailers: ["x-a": "1"]))
    #expect(well["error"] == nil && well["metadata"] as? [String: [String]] == ["x-a": ["1"]])
  }

  private func parsed(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }
}

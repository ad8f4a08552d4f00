// A list has pages, or something keeps it short: a caller with ten thousand of a thing gets an answer all the same.

/// The most elements of a list that may stay whole.
private let wholeMax = 50

/// The number in "at most 50, because …" of the comment above the response's list; nil when it has none.
private func statedBound(of response: String, in file: SourceFile) -> Int? {
  let body = file.lines.drop { !$0.hasPrefix("message \(response) {") }.prefix { $0 != "}" }
  let text = body.joined(separator: " ")
  return text.firstMatch(of: #/[Aa]t most (\d+), because /#).flatMap { Int($0.1) }
}

private func proto(_ request: String, _ response: String) -> SourceFile {
  SourceFile(
    path: "Proto/fastshop/a/v1/a_service.proto",
    text: """
      service AService {
        rpc ListThings(ListThingsRequest) returns (ListThingsResponse);
      }
      message ListThingsRequest {
      \(request)
      }
      message ListThingsResponse {
      \(response)
      }

      """)
}

private let asked = "  int32 page_size = 1;\n  string page_token = 2;"
private let answered = "  repeated string things = 1;\n  string next_page_token = 2;"

extension Rule {
  static let listRules: [Rule] = [
    .eachFile(
      "a List method has pages, or says what keeps it to at most \(wholeMax) elements",
      in: { $0.isUnder("Proto/fastshop") && $0.has(".proto") },
      refuses: [
        proto("", "  repeated string things = 1;"),
        proto(asked, "  repeated string things = 1;"),
        proto("  int32 page_size = 1;", answered),
        proto("", answered),
        proto("", "  // At most 10,000.\n  repeated string things = 1;"),
        proto("", "  // There are at most 51, because so it is.\n  repeated string things = 1;"),
      ],
      accepts: [
        proto(asked, answered),
        proto("  string parent = 3;\n" + asked, answered),
        proto("", "  // There are at most 50, because MakeThing makes no more.\n  repeated string things = 1;"),
      ],
      breaches: unpagedLists)
  ]

  @Sendable
  private static func unpagedLists(_ file: SourceFile) -> [String] {
    let elements = ProtoFile(file).elements
    let fields = Set(elements.map(\.name))
    return elements.compactMap { element in
      guard case .rpc(let request, let response) = element.kind,
        element.name.split(separator: ".").last?.hasPrefix("List") == true
      else { return nil }
      let wanted = ["\(request).page_size", "\(request).page_token", "\(response).next_page_token"]
      if wanted.allSatisfy(fields.contains) { return nil }
      if let bound = statedBound(of: response, in: file), bound <= wholeMax { return nil }
      return ":\(element.line): \(element.name) lacks \(wanted.filter { !fields.contains($0) })"
    }
  }
}

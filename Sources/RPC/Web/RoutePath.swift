/// The path of a route: literal segments, and segments `{name}` that stand for any text without `/`, but not for none.
struct RoutePath: Sendable {
  private enum Segment: Hashable {
    case literal(String)
    case parameter(String)
  }

  private let segments: [Segment]

  /// Nil unless the path begins with `/`, has no query, and names its parameters differently.
  init?(_ path: String) {
    guard path.hasPrefix("/"), !path.contains("?") else { return nil }
    segments = Self.split(path).map { segment in
      segment.first == "{" && segment.last == "}"
        ? .parameter(String(segment.dropFirst().dropLast())) : .literal(String(segment))
    }
    let names = segments.compactMap { segment -> String? in
      if case .parameter(let name) = segment { name } else { nil }
    }
    guard Set(names).count == names.count, !names.contains("") else { return nil }
  }

  /// Whether the path is one text.
  var isLiteral: Bool { segments.allSatisfy { if case .literal = $0 { true } else { false } } }

  /// The path with all parameters called the same: two routes of one shape answer the same requests.
  var shape: [String] {
    segments.map { if case .literal(let text) = $0 { text } else { "{}" } }
  }

  /// The parameters of a request's path, decoded; nil if the path is another one.
  func parameters(of path: String) -> [String: String]? {
    let parts = Self.split(path)
    guard parts.count == segments.count else { return nil }
    var parameters: [String: String] = [:]
    for (segment, part) in zip(segments, parts) {
      switch segment {
      case .literal(let text): if text != part { return nil }
      case .parameter(let name):
        if part.isEmpty { return nil }
        parameters[name] = QueryItems.decodedPath(part)
      }
    }
    return parameters
  }

  private static func split(_ path: String) -> [Substring] {
    path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
  }
}

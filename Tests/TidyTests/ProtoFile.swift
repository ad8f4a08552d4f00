/// A .proto file as the rules see it: what is declared, under which name, with a comment or without.
struct ProtoFile {
  enum Kind: Equatable {
    case message, enumeration, service
    case field(type: String)
    case value(number: String)
    case rpc(request: String, response: String)
    case oneof
  }

  struct Element {
    let kind: Kind
    /// With the names of the messages around it: `Product.State`.
    let name: String
    let line: Int
    let hasComment: Bool
  }

  let path: String
  private(set) var package = ""
  private(set) var elements: [Element] = []

  /// Reads one statement a line, which is how our .proto files are written; a statement may go on over lines.
  init(_ file: SourceFile) {
    path = file.path
    var reader = Reader()
    for (index, line) in file.lines.enumerated() {
      reader.read(line, number: index + 1)
    }
    package = reader.package
    elements = reader.elements
  }

  private struct Reader {
    var package = ""
    var elements: [Element] = []
    private var scopes: [String?] = []
    private var statement = ""
    private var firstLine = 0
    private var commentAbove = false

    mutating func read(_ line: Substring, number: Int) {
      let parts = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)
      let code = parts[0].trimmed
      let hasComment = parts.count == 2 && !parts[1].trimmed.isEmpty
      if code.isEmpty {
        commentAbove = hasComment || (commentAbove && parts.count == 2) || (commentAbove && !statement.isEmpty)
        return
      }
      if statement.isEmpty { firstLine = number }
      statement += (statement.isEmpty ? "" : " ") + code
      // An option's text in brackets may go on over lines.
      var isOpen = statement.count(where: { $0 == "[" }) > statement.count(where: { $0 == "]" })
      // So may an option that is a message.
      if statement.hasPrefix("option ") {
        isOpen = statement.count(where: { $0 == "{" }) > statement.count(where: { $0 == "}" })
      }
      guard !isOpen, let last = code.last, ";{}".contains(last) else { return }
      finish(hasComment: commentAbove || hasComment)
    }

    private mutating func finish(hasComment: Bool) {
      let text = statement
      statement = ""
      commentAbove = false
      if text == "}" || text == "};" {
        _ = scopes.popLast()
      } else if let match = text.prefixMatch(of: #/package ([\w.]+)/#) {
        package = String(match.1)
      } else if let match = text.prefixMatch(of: #/(message|enum|service|oneof) (\w+)/#) {
        let kinds: [Substring: Kind] = [
          "message": .message, "enum": .enumeration, "service": .service, "oneof": .oneof,
        ]
        add(kinds[match.1] ?? .message, String(match.2), hasComment)
        // A oneof's fields belong to the message around it.
        if !text.hasSuffix("}") { scopes.append(match.1 == "oneof" ? nil : String(match.2)) }
      } else if let match = text.prefixMatch(of: #/rpc (\w+) ?\((stream )?([\w.]+)\) ?returns ?\((stream )?([\w.]+)\)/#)
      {
        add(.rpc(request: String(match.3), response: String(match.5)), String(match.1), hasComment)
        if text.hasSuffix("{") { scopes.append(nil) }
      } else if text.prefixMatch(of: #/(option|reserved|import|syntax|extensions)\b/#) != nil {
        if text.hasSuffix("{") { scopes.append(nil) }
      } else if let match = text.prefixMatch(of: #/(?:repeated |optional )?(map ?<[^>]+>|[\w.]+) (\w+) ?= ?\d+/#) {
        add(.field(type: String(match.1)), String(match.2), hasComment)
      } else if let match = text.prefixMatch(of: #/(\w+) ?= ?(-?\d+)/#) {
        add(.value(number: String(match.2)), String(match.1), hasComment)
      } else if text.hasSuffix("{") {
        scopes.append(nil)
      }
    }

    private mutating func add(_ kind: Kind, _ name: String, _ hasComment: Bool) {
      let qualified = (scopes.compactMap { $0 } + [name]).joined(separator: ".")
      elements.append(Element(kind: kind, name: qualified, line: firstLine, hasComment: hasComment))
    }
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    let head = drop(while: \.isWhitespace)
    return head.prefix(upTo: head.lastIndex { !$0.isWhitespace }.map(head.index(after:)) ?? head.startIndex)
  }
}

/// Which message contains which, over all .proto files.
struct MessageGraph {
  private var parts: [String: Set<String>] = [:]

  init(_ files: [ProtoFile]) {
    let messages = files.flatMap { file in
      file.elements.filter { $0.kind == .message }.map { "\(file.package).\($0.name)" }
    }
    let known = Set(messages)
    for file in files {
      for element in file.elements {
        guard case .field(let type) = element.kind else { continue }
        let owner = "\(file.package).\(element.name)".split(separator: ".").dropLast().joined(separator: ".")
        if let part = Self.resolve(Self.valueType(type), from: owner, among: known) {
          parts[owner, default: []].insert(part)
        }
      }
    }
  }

  /// One sentence for each message that can be reached from itself.
  var cycles: [String] {
    parts.keys.sorted().compactMap { start in
      reaches(start, from: start, seen: []) ? "\(start) contains itself" : nil
    }
  }

  private func reaches(_ goal: String, from message: String, seen: Set<String>) -> Bool {
    for part in parts[message] ?? [] where !seen.contains(part) {
      if part == goal || reaches(goal, from: part, seen: seen.union([part])) { return true }
    }
    return false
  }

  private static func valueType(_ type: String) -> String {
    guard let match = type.firstMatch(of: #/, *([\w.]+) *>/#) else { return type }
    return String(match.1)
  }

  /// protobuf's own rule: the innermost scope that has the name.
  private static func resolve(_ type: String, from owner: String, among known: Set<String>) -> String? {
    if type.hasPrefix(".") { return known.contains(String(type.dropFirst())) ? String(type.dropFirst()) : nil }
    var scope = owner.split(separator: ".")
    while true {
      let name = (scope + [Substring(type)]).joined(separator: ".")
      if known.contains(name) { return name }
      if scope.popLast() == nil { return nil }
    }
  }
}

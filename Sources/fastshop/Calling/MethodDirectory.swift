import RPC

/// Finds methods by the names that people type: the full name, or an unambiguous end of it.
struct MethodDirectory {
  let services: [ServiceDescriptor]

  enum Failure: Error, Equatable, CustomStringConvertible {
    case malformed(String)
    case noSuchService(String, known: [String])
    case ambiguousService(String, candidates: [String])
    case noSuchMethod(String, service: String, known: [String])

    var description: String {
      switch self {
      case .malformed(let text):
        "\"\(text)\" is not a method: write SERVICE/METHOD, for example catalog.v1.CatalogService/GetProduct."
      case .noSuchService(let name, let known):
        "There is no service \"\(name)\". There are:\n" + Self.list(known)
      case .ambiguousService(let name, let candidates):
        "\"\(name)\" is ambiguous; write more of its name:\n" + Self.list(candidates)
      case .noSuchMethod(let name, let service, let known):
        "\(service) has no method \"\(name)\". It has:\n" + Self.list(known)
      }
    }

    private static func list(_ names: [String]) -> String { names.map { "  \($0)" }.joined(separator: "\n") }
  }

  /// The method that `text` (`SERVICE/METHOD`) names. A service may be written by the end of its name:
  /// `catalog.v1.CatalogService` or `CatalogService` for `fastshop.catalog.v1.CatalogService`.
  func method(_ text: String) throws(Failure) -> ServiceDescriptor.Method {
    let parts = text.split(separator: "/")
    guard parts.count == 2 else { throw .malformed(text) }
    let service = try service(String(parts[0]))
    guard let method = service.methods.first(where: { $0.name == parts[1] }) else {
      throw .noSuchMethod(String(parts[1]), service: service.fullName, known: service.methods.map(\.name))
    }
    return method
  }

  private func service(_ name: String) throws(Failure) -> ServiceDescriptor {
    if let exact = services.first(where: { $0.fullName == name }) { return exact }
    let candidates = services.filter { $0.fullName.hasSuffix(".\(name)") }
    guard let first = candidates.first else {
      throw .noSuchService(name, known: services.map(\.fullName).sorted())
    }
    guard candidates.count == 1 else { throw .ambiguousService(name, candidates: candidates.map(\.fullName)) }
    return first
  }

  /// All methods, a service at a time, for people.
  var listing: String {
    services.sorted { $0.fullName < $1.fullName }.map { service in
      service.fullName + "\n" + service.methods.map { "  \($0.name)\(Self.note($0.kind))\n" }.joined()
    }.joined()
  }

  private static func note(_ kind: MethodKind) -> String {
    switch kind {
    case .unary: ""
    case .serverStreaming: " (stream of responses)"
    case .clientStreaming: " (stream of requests)"
    case .bidirectional: " (bidirectional streams)"
    }
  }
}

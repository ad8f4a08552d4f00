import Platform
import RPC

/// docs/api.md: every method with who may call it, from the descriptors that the server itself goes by.
struct APIReference {
  let services: [ServiceDescriptor]

  /// The whole, as Markdown.
  /// - Throws: what is wrong with a method's policy.
  func markdown() throws(PolicyError) -> String {
    var text = Self.introduction
    for service in services { text += try section(service) }
    return text + Self.roles
  }

  private static let introduction = """
    # The API

    Every method, what it asks of its callers, and what a call costs. Made from the `.proto` files by `make docs`; the
    server enforces the same, read from the same descriptors. A method's whole contract stands in [Proto](../Proto).

    - **Who may call**: *everybody*, guests too; *everybody, unseen*: credentials are not even looked at; *signed in*:
      for what is one's own; or whoever has a permission, with the roles that have it. What a caller may not reach
      answers NOT_FOUND, exactly like what is not there.
    - **Keys**: the scope that an API key or a client's certificate needs besides. Without one, none may call.
    - **Allowance**: which of the caller's allowances the limiter draws on, and how many plain calls a call weighs.


    """

  private func section(_ service: ServiceDescriptor) throws(PolicyError) -> String {
    var text = "## `\(service.fullName)`\n\n"
    if !service.comment.isEmpty { text += service.comment + "\n\n" }
    text += "| method | who may call | keys | allowance | and |\n|---|---|---|---|---|\n"
    for (method, policy) in try DeclaredPolicies(service).all {
      let cells = [
        Self.name(method), Self.who(policy), Self.keys(policy), Self.allowance(policy), Self.conditions(policy),
      ]
      text += "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }
    return text + "\n"
  }

  private static func name(_ method: ServiceDescriptor.Method) -> String {
    let stream =
      switch method.kind {
      case .unary: ""
      case .serverStreaming: " (stream)"
      case .clientStreaming: " (stream of requests)"
      case .bidirectional: " (streams both ways)"
      }
    let sentence = firstSentence(method.comment)
    return "`\(method.name)`\(stream)" + (sentence.isEmpty ? "" : ": \(sentence)")
  }

  /// A comment's first sentence, on one line.
  static func firstSentence(_ comment: String) -> String {
    let line = comment.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard let end = line.firstRange(of: ". ") else { return line }
    return line[..<end.lowerBound] + "."
  }

  private static func who(_ policy: MethodPolicy) -> String {
    switch policy.access {
    case .withoutCredentials: return "everybody, unseen"
    case .everybody: return "everybody"
    case .signedIn: return "signed in"
    case .permitted(let permission):
      let roles = Role.allCases.filter { $0.permissions.contains(permission) }.map(\.rawValue)
      return "`\(permission.name)`: \(roles.joined(separator: ", "))"
    }
  }

  private static func keys(_ policy: MethodPolicy) -> String {
    switch policy.access {
    case .withoutCredentials, .everybody: "any"
    case .signedIn, .permitted: policy.scope.map { "`\($0.name)`" } ?? "none"
    }
  }

  private static func allowance(_ policy: MethodPolicy) -> String {
    "\(policy.limiterClass)" + (policy.cost > 1 ? " × \(policy.cost)" : "")
  }

  private static func conditions(_ policy: MethodPolicy) -> String {
    [
      policy.isSideEffectFree ? "changes nothing" : nil, policy.requiresRequestID ? "needs a `request_id`" : nil,
      policy.isAdministrative
        ? "administrative: \(policy.isSideEffectFree ? "" : "audited, ")only from allowed addresses" : nil,
    ].compactMap { $0 }.joined(separator: "; ")
  }

  private static var roles: String {
    "## Roles\n\nGuests have none. Others are made of permissions by whoever has `\(Permission.rolesManage.name)`.\n\n"
      + "| role | may |\n|---|---|\n"
      + Role.allCases.map { role in
        let all = role.permissions == .all ? "everything" : role.permissions.names.joined(separator: ", ")
        return "| \(role.rawValue) | \(all) |\n"
      }.joined()
      + "\nWhat each permission is for, says [policy.proto](../Proto/fastshop/policy/v1/policy.proto).\n"
  }
}

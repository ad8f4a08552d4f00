import Platform
import RPC

/// docs/api.md: every method and who may call it, from the descriptors that the server itself uses.
struct MethodIndex {
  let services: [ServiceDescriptor]
  /// The packages that have a page of their own.
  let packages: [String]

  /// The whole, as Markdown.
  /// - Throws: what is wrong with a method's policy.
  func markdown() throws(PolicyError) -> String {
    var text = Self.introduction
    for service in services { text += try section(service) }
    return text + Self.roles + pages
  }

  private static let introduction = """
    # The API

    Every method, what it asks of its callers, and what a call costs. Made from the `.proto` files by `make docs`; the
    server enforces the same, read from the same descriptors. The page of each package has the fields, their limits, the
    errors and an example of each method; [errors](errors.md) lists every reason for which a call fails.

    - **Who may call**: *everybody*, guests too; *everybody, unseen*: credentials are not even looked at; *signed in*:
      for what is one's own; or whoever has a permission, with the roles that have it. What a caller may not reach
      answers NOT_FOUND, exactly like what is not there.
    - **Keys**: the scope that an API key or a client's certificate needs besides; *any*: none is needed; *none*: the
      method is for people alone.
    - **Allowance**: which of the caller's allowances the limiter draws on, and how many plain calls a call weighs;
      *each request*: every request of the stream weighs as much.
    - **Request**: how many bytes a request has at most, in whatever form, as sent and without its compression. More is
      RESOURCE_EXHAUSTED, said as soon as its length is known.
    - *only from allowed addresses*: those of `FASTSHOP_ADMIN_ADDRESSES` ([settings](settings.md#from-where-they-call)).
      Sellers look after the keys of their own shop from everywhere.


    """

  private func section(_ service: ServiceDescriptor) throws(PolicyError) -> String {
    var text = "## `\(service.fullName)`\n\n"
    if !service.comment.isEmpty { text += service.comment + "\n\n" }
    let package = Markdown.scope(of: service.fullName)
    if packages.contains(package) { text += "Its [page](api/\(package).md#\(Markdown.anchor(service.fullName))).\n\n" }
    text += "| method | who may call | keys | allowance | request | and |\n|---|---|---|---|---|---|\n"
    for (method, policy) in try DeclaredPolicies(service).all {
      let takesStream = method.kind == .clientStreaming || method.kind == .bidirectional
      let columns = PolicyColumns(policy, takesStream: takesStream)
      text += Markdown.row([
        Self.name(method), columns.callers, columns.scope, columns.allowance, columns.requestSize, columns.conditions,
      ])
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
    let sentence = Markdown.firstSentence(method.comment)
    return "`\(method.name)`\(stream)" + (sentence.isEmpty ? "" : ": \(sentence)")
  }

  private var pages: String {
    "\n## Pages\n\n" + packages.map { "- [`\($0)`](api/\($0).md)\n" }.joined()
  }

  private static var roles: String {
    "## Roles\n\nGuests have none. Others are made of permissions by whoever has `\(Permission.rolesManage.name)`.\n\n"
      + "| role | may |\n|---|---|\n"
      + Role.allCases.map { role in
        Markdown.row([
          role.rawValue, role.permissions == .all ? "everything" : role.permissions.names.joined(separator: ", "),
        ])
      }.joined()
      + "\nWhat each permission is for, says [policy.proto](../Proto/fastshop/policy/v1/policy.proto).\n"
  }
}

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

    All methods, who may call them, and what a call costs. `make docs` generates this page from the `.proto` files; the
    server reads its rules from the same descriptors. The page of each package has the fields, their limits, the errors
    and an example of each method. [Errors](errors.md) lists the reasons of all errors.

    - **Who may call**: *everybody* includes guests; *without credentials* means that credentials are ignored; *signed
      in* gives access to the caller's own data; a permission is listed with the roles that have it. A resource that the
      caller has no access to is NOT_FOUND, exactly like one that does not exist.
    - **Keys**: the scope that an API key or a client certificate needs in addition. *any*: no scope is needed. *none*:
      API keys and client certificates cannot call the method.
    - **Allowance**: the rate-limit class of the method, and the cost of a call if it is more than 1. *each request*:
      every request of the stream has that cost.
    - **Request**: the maximum size of a request in any encoding, as sent and uncompressed. A larger request is
      RESOURCE_EXHAUSTED as soon as its length is known.
    - **Deadline**: the time that a call has if its caller names no deadline. It is no maximum: a caller's own deadline
      stands. *none*: a stream, which lasts as long as its caller wants.
    - *only from allowed addresses*: the addresses in `FASTSHOP_ADMIN_ADDRESSES`
      ([settings](settings.md#client-addresses-and-proxies)). Sellers can manage the keys of their own shop from any
      address.


    """

  private func section(_ service: ServiceDescriptor) throws(PolicyError) -> String {
    var text = "## `\(service.fullName)`\n\n"
    if !service.comment.isEmpty { text += service.comment + "\n\n" }
    let package = Markdown.scope(of: service.fullName)
    if packages.contains(package) { text += "[Reference](api/\(package).md#\(Markdown.anchor(service.fullName))).\n\n" }
    text += "| method | who may call | keys | allowance | request | deadline | and |\n|---|---|---|---|---|---|---|\n"
    for (method, policy) in try DeclaredPolicies(service).all {
      let takesStream = method.kind == .clientStreaming || method.kind == .bidirectional
      let columns = PolicyColumns(policy, takesStream: takesStream)
      text += Markdown.row([
        Self.name(method), columns.callers, columns.scope, columns.allowance, columns.requestSize,
        columns.deadline, columns.conditions,
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
      case .bidirectional: " (bidirectional streams)"
      }
    let sentence = Markdown.firstSentence(method.comment)
    return "`\(method.name)`\(stream)" + (sentence.isEmpty ? "" : ": \(sentence)")
  }

  private var pages: String {
    "\n## Pages\n\n" + packages.map { "- [`\($0)`](api/\($0).md)\n" }.joined()
  }

  private static var roles: String {
    "## Roles\n\nGuests have no role. Callers with `\(Permission.rolesManage.name)` create custom roles.\n\n"
      + "| role | may |\n|---|---|\n"
      + Role.allCases.map { role in
        Markdown.row([
          role.rawValue, role.permissions == .all ? "everything" : role.permissions.names.joined(separator: ", "),
        ])
      }.joined()
      + "\n[policy.proto](../Proto/fastshop/policy/v1/policy.proto) describes each permission.\n"
  }
}

import Platform
import ProtoSchema
import RPC

/// docs/api/PACKAGE.md: the services and messages of one package.
struct PackagePage {
  /// Packages below this have pages.
  static let shopPrefix = "fastshop."

  let package: String
  let index: SchemaIndex
  let services: [ServiceDescriptor]
  let reasons: ReasonIndex

  private var fields: FieldTable { FieldTable(index: index, package: package) }
  private var files: [FileSchema] { index.files.filter { $0.package == package } }

  /// The whole, as Markdown.
  /// - Throws: what is wrong with a method's policy.
  func markdown() throws(PolicyError) -> String {
    var text = """
      # `\(package)`

      Source: [Proto](../../Proto/\(package.replacing(".", with: "/"))). [The API](../api.md) lists the methods of all
      packages. A field that is not set has its default value: 0, "", false or an empty list.

      Replace the ids, tokens and codes in the examples by real ones. Each request needs a new `requestId`.
      `fastshop` is the server's program, after `make run` in `.build/release`; `fastshop call` sends the access token
      or the API key in `FASTSHOP_TOKEN`.


      """
    for service in files.flatMap(\.services) { text += try section(service) }
    let described = Set(files.flatMap(\.services).flatMap(\.methods).flatMap { [$0.input, $0.output] })
    text += types(except: described)
    return text
  }

  private func section(_ service: ServiceSchema) throws(PolicyError) -> String {
    var text = "## `\(service.fullName)`\n\n\(Markdown.paragraphs(service.comment))\n\n"
    guard let descriptor = services.first(where: { $0.fullName == service.fullName }) else { return text }
    let policies = Dictionary(try DeclaredPolicies(descriptor).all.map { ($0.method.name, $0.policy) }) { one, _ in one
    }
    for method in service.methods {
      guard let policy = policies[method.name] else { continue }
      text += section(method, of: service, policy)
    }
    return text
  }

  private func section(_ method: MethodSchema, of service: ServiceSchema, _ policy: MethodPolicy) -> String {
    let columns = PolicyColumns(policy, takesStream: method.clientStreams)
    var text = "### \(method.name)\n\n\(Markdown.paragraphs(method.comment))\n\n"
    text += "- Who may call: \(columns.callers); keys: \(columns.scope); allowance: \(columns.allowance)"
    text += columns.conditions.isEmpty ? "\n" : "; \(columns.conditions)\n"
    text += "- Maximum size of a request, as sent and uncompressed: \(columns.requestSize)\n"
    text += "- Default deadline: \(columns.deadline)\n"
    text += "- Errors: \(reasons.links(of: policy))\n\n"
    if let request = index.message(method.input) {
      text += "```\n\(example(method, of: service, request))\n```\n\n"
      text += Self.heading(method.clientStreams ? "Stream of requests" : "Request", request.comment)
      text += fields.markdown(request)
    }
    if let response = index.message(method.output) {
      text += Self.heading(method.serverStreams ? "Stream of responses" : "Response", response.comment)
      text += fields.markdown(response)
    }
    return text
  }

  /// The line above a table of fields: its title, and what the comment adds to "Request of ListUsers."
  private static func heading(_ title: String, _ comment: String) -> String {
    var line = Markdown.line(comment)
    if let opening = line.firstMatch(of: #/^(Request|Response) of \w+[.:] ?/#) { line.removeSubrange(opening.range) }
    return line.isEmpty ? "\(title):\n\n" : "\(title): \(line)\n\n"
  }

  private func example(_ method: MethodSchema, of service: ServiceSchema, _ request: MessageSchema) -> String {
    let json = ExampleRequest(index: index, method: method.name).json(request).replacing("'", with: "’")
    return "fastshop call \(service.fullName)/\(method.name) '\(json)'"
  }

  private func types(except described: Set<String>) -> String {
    let messages = files.flatMap(\.allMessages).filter { !described.contains($0.fullName) && !$0.isMapEntry }
    let enums = files.flatMap(\.allEnums)
    if messages.isEmpty && enums.isEmpty { return "" }
    var text = "## Types\n\n"
    for message in messages {
      text += "### \(shortName(message.fullName))\n\n\(Markdown.paragraphs(message.comment))\n\n"
      text += fields.markdown(message)
    }
    for type in enums {
      text += "### \(shortName(type.fullName))\n\n\(Markdown.paragraphs(type.comment))\n\n| value | |\n|---|---|\n"
      for value in type.values {
        text += Markdown.row(["`\(value.name)` (\(value.number))", Markdown.line(value.comment)])
      }
      text += "\n"
    }
    return text
  }

  private func shortName(_ fullName: String) -> String { String(fullName.dropFirst(package.count + 1)) }
}

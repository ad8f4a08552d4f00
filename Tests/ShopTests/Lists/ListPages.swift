import FastShopAPI
import Platform
import Protobuf
import RPC
import Testing

/// A page of any list: its elements as they were sent, and the token of the next one.
struct ListPage {
  private(set) var elements: [[UInt8]] = []
  private(set) var next = ""

  init(_ encoded: [UInt8], of response: MessageDescriptor) {
    for part in WireFields.parts(of: encoded) {
      guard let field = response.fields.first(where: { $0.number == part.number }) else { continue }
      if field.isRepeated {
        elements.append(Array(part.content))
      } else if field.hasName("next_page_token") {
        next = String(decoding: part.content, as: UTF8.self)
      }
    }
  }

  /// What tells the elements apart: the first field of each, an id or a message that has one.
  static func names(_ elements: [[UInt8]]) -> [[UInt8]] {
    elements.map { WireFields.parts(of: Array($0.drop { $0 != 0x0a })).first.map { Array($0.content) } ?? [] }
  }
}

extension ServiceDescriptor.Method {
  /// Whether it is a list with pages.
  var hasPages: Bool {
    func has<Request: Message>(_ request: Request.Type) -> Bool {
      Request.descriptor.fields.contains { $0.hasName("page_size") }
    }
    return has(input)
  }
}

extension TestNode {
  /// A page of a list; `fields` are its filters and its order, as JSON, each behind a comma.
  func page(
    of method: ServiceDescriptor.Method, size: Int, token: String = "", fields: String = "", _ options: CallOptions
  ) async throws -> ListPage {
    try await page(of: method, method.input, method.output, size, token, fields, options)
  }

  private func page<Request: Message, Response: Message>(
    of method: ServiceDescriptor.Method, _ request: Request.Type, _ response: Response.Type, _ size: Int,
    _ token: String, _ fields: String, _ options: CallOptions
  ) async throws -> ListPage {
    let json = "{\"page_size\": \(size), \"page_token\": \"\(token)\"\(fields)}"
    let answer: Response = try await channel.unary(method.path, try Request(json: json, in: Arena()), options)
    return ListPage(try answer.encoded(), of: Response.descriptor)
  }

  /// All elements of a list, by pages of a size; no page has more. `between` runs after each page but the last.
  func elements(
    of method: ServiceDescriptor.Method, by size: Int, fields: String = "", _ options: CallOptions,
    between: () async throws -> Void = {}
  ) async throws -> [[UInt8]] {
    var (elements, token): ([[UInt8]], String) = ([], "")
    repeat {
      let page = try await page(of: method, size: size, token: token, fields: fields, options)
      #expect(page.elements.count <= size, "\(method.path) by \(size)")
      elements += page.elements
      token = page.next
      if !token.isEmpty { try await between() }
    } while !token.isEmpty && elements.count < 2_000
    return elements
  }
}

internal import Protobuf

/// The elements in Postgres's array syntax: `{1,NULL,"say \"no\""}`.
func arrayLiteral(_ elements: some Collection<QueryBind>) -> String {
  var literal: [UInt8] = [UInt8(ascii: "{")]
  for element in elements {
    if literal.count > 1 { literal.append(UInt8(ascii: ",")) }
    appendArrayElement(element, to: &literal)
  }
  literal.append(UInt8(ascii: "}"))
  return String(decoding: literal, as: UTF8.self)
}

private func appendArrayElement(_ element: QueryBind, to literal: inout [UInt8]) {
  switch element.form {
  case .null: literal.append(contentsOf: "NULL".utf8)
  case .bool(let value): literal.append(UInt8(ascii: value ? "t" : "f"))
  case .integer(let value): literal.append(contentsOf: String(value).utf8)
  case .double(let value): literal.append(contentsOf: "\(value)".utf8)
  case .text(let text): text.withUTF8 { appendQuoted($0, to: &literal) }
  case .string(let value): appendQuoted(value.utf8, to: &literal)
  case .uuid, .bytes, .instant: appendQuoted(element.textForm, to: &literal)
  }
}

/// Quoted, so that no comma, brace, blank or `NULL` inside means anything; quote and backslash are escaped.
private func appendQuoted(_ bytes: some Sequence<UInt8>, to literal: inout [UInt8]) {
  let quote = UInt8(ascii: "\"")
  let backslash = UInt8(ascii: "\\")
  literal.append(quote)
  for byte in bytes {
    if byte == quote || byte == backslash { literal.append(backslash) }
    literal.append(byte)
  }
  literal.append(quote)
}

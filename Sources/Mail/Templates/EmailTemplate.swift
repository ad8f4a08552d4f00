/// The content of a mail, once, from which both of its forms are made.
struct EmailTemplate {
  /// What a reader can press.
  struct Action {
    let label: String
    let link: String
  }

  /// Which shop it comes from, as readers know it.
  static let shop = "FastShop"

  let title: String
  /// The person's name; empty when nobody knows it.
  let name: String
  let paragraphs: [String]
  var action: Action?
  /// What was seen, such as a device: name and value.
  var facts: [(name: String, value: String)] = []
  let closing: String

  private var greeting: String {
    let name = OneLine.text(name)
    return OneLine.isPersonsName(name) ? "Hello \(name)," : "Hello,"
  }

  // MARK: Plain text

  var text: String {
    var blocks = [greeting] + paragraphs
    if !facts.isEmpty { blocks.append(facts.map { "  \($0.name): \(OneLine.text($0.value))" }.joined(separator: "\n")) }
    if let action { blocks.append("\(action.label):\n\(action.link)") }
    blocks.append(closing)
    blocks.append("-- \n\(Self.shop)")
    return blocks.joined(separator: "\n\n") + "\n"
  }

  // MARK: A page

  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title))</title>
    </head>
    <body style="margin:0;padding:24px;background:#f3f4f6;\(Self.font)">
    <div style="max-width:520px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px">
    <p style="margin:0 0 24px;font-weight:600;color:#0f766e">\(Self.shop)</p>
    <h1 style="margin:0 0 16px;font-size:22px;line-height:1.3;color:#111827">\(escaped(title))</h1>
    \(blocks.joined(separator: "\n"))
    </div>
    <p style="max-width:520px;margin:16px auto 0;font-size:12px;color:#6b7280">\(escaped(closing))</p>
    </body>
    </html>

    """
  }

  private static let font =
    "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
    + "font-size:16px;line-height:1.5;color:#374151"

  private var blocks: [String] {
    var blocks = ([greeting] + paragraphs).map { "<p style=\"margin:0 0 16px\">\(escaped($0))</p>" }
    if !facts.isEmpty {
      let rows = facts.map { fact in
        "<tr><td style=\"padding:4px 16px 4px 0;color:#6b7280\">\(escaped(fact.name))</td>"
          + "<td style=\"padding:4px 0\">\(escaped(OneLine.text(fact.value)))</td></tr>"
      }
      let table = "<table style=\"margin:0 0 16px;border-collapse:collapse\">"
      blocks.append("\(table)\n\(rows.joined(separator: "\n"))\n</table>")
    }
    if let action {
      let style =
        "display:inline-block;padding:12px 20px;background:#0f766e;color:#ffffff;border-radius:6px;text-decoration:none"
      blocks.append(
        """
        <p style="margin:24px 0"><a href="\(escaped(action.link))" style="\(style)">\(escaped(action.label))</a></p>
        <p style="margin:0;font-size:13px;color:#6b7280;word-break:break-all">\(escaped(action.link))</p>
        """)
    }
    return blocks
  }

  private func escaped(_ text: String) -> String {
    var result = ""
    for letter in text.unicodeScalars {
      switch letter {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(letter)
      }
    }
    return result
  }
}

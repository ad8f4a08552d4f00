// What a newcomer meets first must name what is there.

import Foundation

private let makefile = SourceFile(path: "Makefile", text: "run: packages ## Serve the demo shop\n\t@true\n")

extension Rule {
  static let documentationRules: [Rule] = [
    Rule(
      name: "every folder in Sources is named in docs/README.md",
      breaches: { files in
        let map = files.first { $0.path == "docs/README.md" }?.text ?? ""
        let folders = Set(files.filter { $0.isUnder("Sources") }.compactMap { $0.folders.dropFirst().first })
        return folders.sorted().filter { !map.contains("`\($0)`") }.map { "Sources/\($0): not in docs/README.md" }
      },
      refuses: [[SourceFile(path: "Sources/Catalog/A.swift", text: "")]],
      accepts: [
        [SourceFile(path: "Sources/Catalog/A.swift", text: ""), SourceFile(path: "docs/README.md", text: "`Catalog`")]
      ]),
    Rule(
      name: "every page of docs is reached from docs/README.md, or from docs/api.md",
      breaches: { files in
        let map = files.filter { $0.path == "docs/README.md" || $0.path == "docs/api.md" }.map(\.text).joined()
        return files.filter { $0.isUnder("docs") && $0.has(".md") && $0.name != "README.md" }
          .filter { !map.contains("(\($0.path.dropFirst("docs/".count))") }
          .map { "\($0.path): no link to it in docs/README.md" }
      },
      refuses: [[SourceFile(path: "docs/lost.md", text: "")]],
      accepts: [
        [SourceFile(path: "docs/found.md", text: ""), SourceFile(path: "docs/README.md", text: "[found](found.md)")]
      ]),
    .eachFile(
      "every task of the Makefile says what it does",
      in: { $0.path == "Makefile" },
      refuses: [SourceFile(path: "Makefile", text: "run: packages\n\t@true\n")],
      accepts: [makefile, SourceFile(path: "Makefile", text: ".PHONY: run\nmakefiles := a\n")]
    ) { file in
      file.lines.enumerated().compactMap { index, line in
        guard let task = line.prefixMatch(of: #/([a-z][\w-]*):(?!=)/#), !line.contains(" ## ") else { return nil }
        return ":\(index + 1): \(task.1) has no ## sentence"
      }
    },
    Rule(
      name: "no link of the documentation leads nowhere",
      breaches: { files in
        let known = Set(files.flatMap { [$0.path] + $0.parents })
        return files.filter { $0.has(".md") }.flatMap { file in
          file.links.filter { !known.contains($0) }.map { "\(file.path): links to \($0), which is not there" }
        }
      },
      refuses: [[SourceFile(path: "docs/a.md", text: "[b](../b.md#c)")]],
      accepts: [
        [
          SourceFile(path: "docs/a.md", text: "[b](../b.md#c) [d](https://example.com/x) [here](#e) [f](../f)"),
          SourceFile(path: "b.md", text: ""), SourceFile(path: "f/g.txt", text: ""),
        ]
      ]),
    Rule(
      name: "the anchor of a link is a heading of its page",
      breaches: { files in
        let pages = files.filter { $0.has(".md") }
        let anchors = Dictionary(uniqueKeysWithValues: pages.map { ($0.path, $0.anchors) })
        return pages.flatMap { page in
          page.anchoredLinks.filter { anchors[$0.path]?.contains($0.anchor) == false }
            .map { "\(page.path): \($0.path) has no heading for #\($0.anchor)" }
        }
      },
      refuses: [
        [SourceFile(path: "docs/a.md", text: "[b](../b.md#some)"), SourceFile(path: "b.md", text: "## Some things\n")]
      ],
      accepts: [
        [
          SourceFile(path: "docs/a.md", text: "[b](../b.md#some-things-2)"),
          SourceFile(path: "b.md", text: "## Some `things`, 2\n"),
        ]
      ]),
    .eachLine(
      "a link whose text is a file's name leads to that file",
      in: { $0.has(".md") },
      refuses: [SourceFile(path: "docs/a.md", text: "See [Basket.swift](../Sources/A/Cart.swift).")],
      accepts: [
        SourceFile(path: "docs/a.md", text: "See [Cart.swift](../Sources/A/Cart.swift#L1) and [the cart](Cart.swift).")
      ]
    ) { line in
      line.matches(of: #/\[(\w+\.(?:swift|py|sh|proto|sql))\]\(([^)#]+)/#)
        .first { link in link.2.split(separator: "/").last != link.1 }
        .map { link in "[\(link.1)] leads to \(link.2)" }
    },
    Rule(
      name: "what docs/tasks/add-an-rpc.md quotes stands in a file that it links to",
      breaches: { files in
        files.filter { $0.path == "docs/tasks/add-an-rpc.md" }.flatMap { page in
          let linked = files.filter { page.links.contains($0.path) }.map(\.trimmedText)
          return page.quotes.filter { quote in !linked.contains { $0.contains(quote) } }
            .map { "\(page.path): quotes what no file that it links to has:\n\($0)" }
        }
      },
      refuses: [
        [
          SourceFile(path: "docs/tasks/add-an-rpc.md", text: "[a](../a.sql)\n```sql\nSELECT 1;\n```\n"),
          SourceFile(path: "docs/a.sql", text: "SELECT 2;\n"), SourceFile(path: "docs/b.sql", text: "SELECT 1;\n"),
        ]
      ],
      accepts: [
        [
          SourceFile(
            path: "docs/tasks/add-an-rpc.md",
            text: "[a](../a.sql)\n```sql\nSELECT 1\n  FROM b;\n```\n```\nswift build\n```\n"),
          SourceFile(path: "docs/a.sql", text: "  SELECT 1\n    FROM b;\n"),
        ]
      ]),
  ]
}

extension SourceFile {
  /// Every folder around the file, from the root of the repository.
  fileprivate var parents: [String] {
    folders.indices.map { folders[...$0].joined(separator: "/") }
  }

  /// The text with no space around its lines.
  fileprivate var trimmedText: String { Self.trimmed(text) }

  /// What a Markdown text quotes from files, with no space around its lines: its blocks of code in a language.
  fileprivate var quotes: [String] {
    text.matches(of: #/(?ms)^```\w+\n(.*?)^```$/#).map { Self.trimmed(String($0.1)) }
  }

  private static func trimmed(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
  }

  /// The repository's files that a Markdown text links to.
  fileprivate var links: [String] {
    text.matches(of: #/\]\(([^)\s#]+)(#[^)]*)?\)/#).map(\.1).filter { !$0.contains("://") }.map(path(ofLink:))
  }

  /// The links to a heading of a file of the repository.
  fileprivate var anchoredLinks: [(path: String, anchor: String)] {
    text.matches(of: #/\]\(([^)\s#]+)#([^)]+)\)/#).filter { !$0.1.contains("://") }
      .map { (path(ofLink: $0.1), String($0.2)) }
  }

  /// The anchors of the headings, as GitHub makes them, and those that are set by hand.
  fileprivate var anchors: Set<String> {
    let headings = lines.filter { $0.hasPrefix("#") }.map { line in
      let heading = line.drop { $0 == "#" }.drop { $0 == " " }.lowercased().replacing(" ", with: "-")
      return heading.filter { $0.isLetter || $0.isNumber || "-_".contains($0) }
    }
    return Set(headings + text.matches(of: #/<a id="([^"]+)">/#).map { String($0.1) })
  }

  private func path(ofLink link: Substring) -> String {
    var steps = folders
    for step in link.split(separator: "/") where step != "." {
      if step == ".." { _ = steps.popLast() } else { steps.append(step) }
    }
    return steps.joined(separator: "/")
  }
}

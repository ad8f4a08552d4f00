// What a page says is proven must be proven by a test that is there: `test_wire.py::test_name`, `CallTests::name`,
// `CallTests::a name in words`.

extension Rule {
  static let testReferences = Rule(
    name: "every test that the documentation names is there",
    breaches: { files in
      let tests = files.filter { $0.isUnder("Tests") }
      return files.filter { $0.has(".md") }.flatMap { page in
        page.testReferences.filter { reference in !tests.contains { $0.declares(reference) } }
          .map { "\(page.path): names \($0.file)::\($0.test), which is not there" }
      }
    },
    refuses: [
      [SourceFile(path: "docs/a.md", text: "`test_a.py::test_b`")],
      [
        SourceFile(path: "docs/a.md", text: "`CallTests::gone`"),
        SourceFile(path: "Tests/RPCTests/Server/CallTests.swift", text: "func going() {}"),
      ],
    ],
    accepts: [
      [
        SourceFile(
          path: "docs/a.md",
          text: "`test_a.py::test_b`, `CallTests::ends`, `CallTests::ends in time`; a `std::string` of C++"),
        SourceFile(path: "Tests/EndToEnd/test_a.py", text: "def test_b(shop):\n"),
        SourceFile(
          path: "Tests/RPCTests/Server/CallTests.swift", text: "@Test func ends() {}\n@Test func `ends in time`() {}"),
      ]
    ])
}

private struct TestReference {
  let file: String
  let test: String
}

extension SourceFile {
  fileprivate var testReferences: [TestReference] {
    text.matches(of: #/`(test_\w+\.py|[A-Z]\w*Tests|\w+\.(?:go|java|py))::([^`]+)`/#).map {
      TestReference(file: String($0.1), test: String($0.2))
    }
  }

  fileprivate func declares(_ reference: TestReference) -> Bool {
    if name != reference.file && name != "\(reference.file).swift" { return false }
    let test = reference.test
    return ["def \(test)(", "func \(test)(", "func `\(test)`("].contains { text.contains($0) }
  }
}

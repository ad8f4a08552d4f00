// What somebody must install stands in one list, with the reason: Scripts/…-packages.txt for Debian's packages.

private func isList(_ file: SourceFile) -> Bool { file.isUnder("Scripts") && file.has("-packages.txt") }

private func list(_ name: String, _ text: String) -> SourceFile {
  SourceFile(path: "Scripts/\(name)-packages.txt", text: "# What it is for.\n\n\(text)\n")
}

private let server = list("server", "gcc  # why")

extension Rule {
  static let packageListRules: [Rule] = [
    .eachLine(
      "every package of a list has its reason",
      in: isList,
      refuses: [list("a", "gcc"), list("a", "# compilers\ngcc  #")],
      accepts: [server]
    ) { line in
      line.isEmpty || line.contains(#/#\s*\S/#) ? nil : "\(line) has no comment"
    },
    Rule(
      name: "no package is in two lists",
      breaches: { files in
        let all = files.filter(isList).flatMap { file in file.packages.map { (package: $0, list: file.path) } }
        return Dictionary(grouping: all, by: \.package).filter { $0.value.count > 1 }
          .map { "\($0.key): in \($0.value.map(\.list).joined(separator: ", "))" }.sorted()
      },
      refuses: [[server, list("a", "gcc # why")], [list("a", "gcc # why\ngcc # why")]],
      accepts: [[server, list("a", "g++ # why; gcc would not do")]]),
    Rule(
      name: "every package that a file would have installed is in a list",
      breaches: { files in
        let known = Set(files.filter(isList).flatMap(\.packages))
        return files.filter { !isList($0) && !$0.has(".md") && !$0.isUnder("Tests/TidyTests") }.flatMap { file in
          file.installed.filter { !known.contains($0) }.map { "\(file.path): installs \($0), which is in no list" }
        }
      },
      refuses: [
        [server, SourceFile(path: "a.sh", text: "sudo apt-get install --yes gcc g++\n")],
        [server, SourceFile(path: "a.py", text: "# On Debian: apt install make.\n")],
      ],
      accepts: [[server, SourceFile(path: "a.py", text: "reason='apt-get install gcc': needed here")]]),
    Rule(
      name: "every list is installed by a task, and every list that a task names is there",
      breaches: { files in
        let lists = Set(files.filter(isList).map(\.name))
        let named = Set(files.filter { $0.path == "Makefile" || $0.path == "Benchmarks/run" }.flatMap(\.namedLists))
        return lists.subtracting(named).sorted().map { "Scripts/\($0): no task installs it" }
          + named.subtracting(lists).sorted().map { "Scripts/\($0): not there" }
      },
      refuses: [
        [server], [SourceFile(path: "Makefile", text: "\tScripts/server-packages.txt\n")],
        [server, SourceFile(path: "Benchmarks/run", text: "Scripts/{server,go}-packages.txt")],
      ],
      accepts: [
        [server, SourceFile(path: "Makefile", text: "\tinstall Scripts/server-packages.txt\n")],
        [server, list("go", "a # b"), SourceFile(path: "Benchmarks/run", text: "Scripts/{server,go}-packages.txt")],
      ]),
    Rule(
      name: "`make run` installs what the server needs, and nothing else",
      breaches: { files in
        let lines = files.first { $0.path == "Makefile" }?.lines ?? []
        let tasks = ["run", "packages"].map { task in lines.first { $0.hasPrefix("\(task):") } ?? "" }
        let needs = tasks.map { $0.prefix { $0 != "#" }.split(separator: " ").dropFirst().joined(separator: " ") }
        return needs == ["packages", ""] ? [] : ["Makefile: run and packages need \(needs)"]
      },
      refuses: [
        [SourceFile(path: "Makefile", text: "run: packages python ## Runs\npackages: ## Installs\n")],
        [SourceFile(path: "Makefile", text: "run: packages ## Runs\npackages: python ## Installs\n")],
      ],
      accepts: [[SourceFile(path: "Makefile", text: "run: packages ## Runs\npackages: ## Installs\n")]]),
  ]
}

extension SourceFile {
  /// What a list names.
  fileprivate var packages: [String] {
    lines.map { $0.prefix { $0 != "#" }.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
  }

  /// The packages behind each `apt-get install` of a script, or of a sentence that tells somebody to.
  fileprivate var installed: [String] {
    text.matches(of: #/apt(?:-get)? install((?: +-[-\w]+)*)((?: +[a-z0-9][-a-z0-9.+]*)+)/#).flatMap { match in
      match.2.split(separator: " ").map { $0.hasSuffix(".") ? String($0.dropLast()) : String($0) }
    }
  }

  /// The lists that a task's commands name: `a-packages.txt`, `{a,b}-packages.txt`.
  fileprivate var namedLists: [String] {
    text.matches(of: #/(?:\{([a-z,]+)\}|([a-z]+))-packages\.txt/#).flatMap { match in
      (match.1 ?? match.2 ?? "").split(separator: ",").map { "\($0)-packages.txt" }
    }
  }
}

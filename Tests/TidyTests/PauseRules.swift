// A test that sleeps for a fixed time is slow on a quiet machine and fails on a busy one, or cannot fail at all there.

/// The files in which a pause is right, and why.
private let pauses: [String: String] = [
  "Tests/EndToEnd/load.py": "a caller that was refused does not call again at once",
  "Tests/EndToEnd/mail_server.py": "a server that a test has told to be slow",
  "Tests/EndToEnd/oidc_provider.py": "a server that a test has told to be slow",
  "Tests/EndToEnd/postgres_cluster.py": "it looks again whether Postgres is there",
  "Tests/EndToEnd/shop_server.py": "it looks again whether the server is there",
  "Tests/EndToEnd/test_failover.py": "a client that lost its server does not come back at once",
  "Tests/EndToEnd/test_postgres_outage.py": "a client that lost its server does not come back at once",
  "Tests/EndToEnd/waiting.py": "the one place that waits for events",
  "Tests/run.py": "it looks again whether a part has ended",
  "Tests/EventLoopTests/ClockTests.swift": "a loop that has slept is what is tested",
  "Tests/EventLoopTests/TurnTests.swift": "it looks again whether both loops have made turns",
  "Tests/Eventually/Eventually.swift": "the one place that waits for what comes to hold",
  "Tests/HTTPClientTests/HTTPClientTests.swift": "a caller that was refused does not call again at once",
  "Tests/FilesTests/object_stores.py": "a store that a test has told to be slow",
  "Tests/HTTPClientTests/scripted_server.py": "a server that a test has told to be slow",
  "Tests/Interop/run.py": "it looks again whether a server is there",
  "Tests/RPCTests/Server/GaugesTests.swift": "calls that are given up sooner or later, by chance",
]

/// What stops a test's own thread or task. A handler that is told to sleep is what its test is about.
private let sleeping = ["Task.sleep(", "usleep(", "time.sleep(", "asyncio.sleep("]

extension Rule {
  static let pauseRules: [Rule] = [
    .eachFile(
      "no test sleeps for a fixed time: it waits for an event",
      in: { $0.isUnder("Tests") && $0.has(".swift", ".py") && !$0.isUnder("Tests/TidyTests") },
      refuses: [
        SourceFile(path: "Tests/A/A.swift", text: "try await Task" + ".sleep(for: .seconds(1))"),
        SourceFile(path: "Tests/EndToEnd/test_a.py", text: "    time" + ".sleep(0.5)"),
      ],
      accepts: [
        SourceFile(path: "Tests/A/A.swift", text: "while !isDone { try await Task" + ".sleep(for: .seconds(1)) }"),
        SourceFile(path: "Tests/EndToEnd/test_a.py", text: "wait_until(lambda: met)"),
      ]
    ) { file in
      if pauses[file.path] != nil { return [] }
      return file.lines.enumerated().compactMap { index, line in
        let isWait = line.contains("while ")
        let sleeps = sleeping.contains { line.contains($0) }
        return sleeps && !isWait ? ":\(index + 1): waits for a time; wait for the event, or list the file" : nil
      }
    },
    Rule(
      name: "the list of files with pauses holds no file without one",
      breaches: { files in
        let known = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0) })
        guard known["Package.swift"] != nil else { return [] }
        return pauses.keys.sorted().filter { path in
          !sleeping.contains { known[path]?.text.contains($0) == true }
        }
      },
      refuses: [[SourceFile(path: "Package.swift", text: "")]],
      accepts: [[SourceFile(path: "Tests/A/A.swift", text: "")]]),
  ]
}

import Foundation
import OwnThread
import Testing

@testable import package_map

@Suite("The package has layers, and a map that shows them")
struct PackageMapTests {
  /// Package.swift as SwiftPM reads it, once for all tests.
  private static let described = Task {
    try await onOwnThread {
      let script = Process()
      script.executableURL = SourceTree.root.appending(path: "Scripts/describe-package.sh")
      let output = Pipe()
      script.standardOutput = output
      try script.run()
      let data = output.fileHandleForReading.readDataToEndOfFile()
      script.waitUntilExit()
      try #require(script.terminationStatus == 0, "Scripts/describe-package.sh failed")
      return data
    }
  }

  private static func graph() async throws -> PackageGraph {
    PackageGraph(try JSONDecoder().decode(DumpedPackage.self, from: try await described.value))
  }

  private static func sample(_ layers: [(String, [String: Set<String>])]) -> PackageGraph {
    PackageGraph(
      layers: layers.map { .init(name: $0.0, targets: $0.1.keys.sorted()) },
      uses: layers.reduce(into: [:]) { uses, layer in uses.merge(layer.1) { one, _ in one } })
  }

  @Test("docs/map.svg shows Package.swift as it is; `make map` draws it")
  func mapIsInStep() async throws {
    let drawn = try PackageMapProgram.map(try await Self.described.value)
    #expect(SourceTree.files.first { $0.path == "docs/map.svg" }?.text == drawn, "run `make map`")
  }

  @Test("no arrow points up, and no two targets use each other")
  func arrowsPointDown() async throws {
    let graph = try await Self.graph()
    #expect(graph.layers.map(\.name) == ["programs", "modules", "platform", "generated", "runtime", "C"])
    #expect(graph.layers.allSatisfy { !$0.targets.isEmpty })
    #expect(graph.faults == [])
  }

  @Test(
    "an arrow that points up, and a circle, are found",
    arguments: [
      (sample([("modules", ["A": []]), ("runtime", ["B": ["A"]])]), ["B uses A, which is in a higher layer"]),
      (
        sample([("modules", ["A": ["B"], "B": ["C"], "C": ["B"]])]),
        ["B uses itself, through others", "C uses itself, through others"]
      ),
      (sample([("modules", ["A": ["B", "C"], "B": ["C"]]), ("runtime", ["C": []])]), []),
    ])
  func findsFaults(_ graph: PackageGraph, _ faults: [String]) {
    #expect(graph.faults == faults)
  }

  @Test("every Swift file belongs to a target")
  func everyFileBelongsToATarget() async throws {
    let package = try JSONDecoder().decode(DumpedPackage.self, from: try await Self.described.value)
    let folders = package.targets.map { $0.folder + "/" }
    let swift = SourceTree.files.filter { ($0.isUnder("Sources") || $0.isUnder("Tests")) && $0.has(".swift") }
    let lost = swift.filter { file in !folders.contains { file.path.hasPrefix($0) } }
    #expect(lost.map(\.path) == [])
  }

  @Test("every module has its page, which names exactly the modules that it uses")
  func modulePages() async throws {
    let graph = try await Self.graph()
    #expect(ModulePages(graph).breaches(SourceTree.files) == [])
  }

  @Test(
    "a page that is missing, is left over, or names other modules is found",
    arguments: [
      ([], ["docs/modules/a.md: missing", "docs/modules/b.md: missing"]),
      ([("a", "| `B` | why |\n"), ("b", "")], []),
      ([("a", "| [`B`](b.md) | why |\n"), ("b", "It uses `A`.\n")], []),
      ([("a", "B\n"), ("b", "")], ["docs/modules/a.md: names [] as used, Package.swift [\"B\"]"]),
      (
        [("a", "| `B` | why |\n"), ("b", "| `A` | why |\n"), ("c", "")],
        [
          "docs/modules/b.md: names [\"A\"] as used, Package.swift []", "docs/modules/c.md: there is no such module",
        ]
      ),
    ])
  func findsPages(_ pages: [(String, String)], _ breaches: [String]) {
    let graph = Self.sample([("modules", ["A": ["B", "Ground"], "B": []]), ("runtime", ["Ground": []])])
    let files = pages.map { SourceFile(path: "docs/modules/\($0.0).md", text: "# \($0.0)\n\($0.1)") }
    #expect(ModulePages(graph).breaches(files) == breaches)
  }

  // MARK: The drawing

  @Test("what a target reaches through another has no arrow of its own; a layer's common target has one")
  func arrows() {
    let graph = Self.sample([
      ("modules", ["A": ["P", "R"], "B": ["P", "A"], "C": ["P"]]), ("platform", ["P": ["R"]]), ("runtime", ["R": []]),
    ])
    #expect(
      MapArrows(graph).arrows == [
        .init(from: .bottomOf(layer: 0), to: .target("P")), .init(from: .target("B"), to: .target("A")),
        .init(from: .target("P"), to: .target("R")),
      ])
  }

  @Test("a target that uses most of its layer, and one that most of it use, have no arrows there")
  func wideBoxes() {
    let graph = Self.sample([
      ("generated", ["All": ["A", "B", "C"], "A": ["Type"], "B": ["Type"], "C": ["Type"], "Type": []])
    ])
    let map = MapArrows(graph)
    #expect(map.tops == ["All"] && map.bases == ["Type"] && map.arrows.isEmpty)
    let layout = MapLayout(graph, map)
    let rows = layout.rows.map { row in row.nodes.compactMap { layout.nodes[$0].label } }
    #expect(rows.filter { !$0.isEmpty } == [["All"], ["A", "B", "C"], ["Type"]])
  }

  @Test("with three times as many modules, every box still stands in its frame, and none touches another")
  func room() {
    let names = (0..<26).map { "Module\($0)" }
    var modules: [String: Set<String>] = [:]
    var apis: [String: Set<String>] = ["TypeAPI": ["Ground"]]
    for (index, name) in names.enumerated() {
      modules[name] = ["\(name)API", "Platform", "Module\(index / 3)"]
      modules[name]?.remove(name)
      apis["\(name)API"] = ["TypeAPI", "Ground"]
    }
    let graph = Self.sample([
      ("programs", ["shop": Set(names)]), ("modules", modules), ("platform", ["Platform": ["TypeAPI"]]),
      ("generated", apis), ("runtime", ["Ground": []]),
    ])
    let layout = MapLayout(graph, MapArrows(graph))
    #expect(layout.nodes.count { $0.label != nil } == 2 * names.count + 4)
    for row in layout.rows {
      let places = row.nodes.map { layout.nodes[$0] }.map { ($0.x - $0.width / 2)...($0.x + $0.width / 2) }
      #expect(places.allSatisfy { $0.lowerBound >= MapLayout.left && $0.upperBound <= MapLayout.right })
      #expect(zip(places, places.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
    }
  }
}

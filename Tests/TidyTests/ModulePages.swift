@testable import package_map

/// docs/modules has a page for each module, and one for Platform: it names the modules that its module uses as the rows
/// of a table, with the reason.
struct ModulePages {
  private static let documentedLayers: Set<String> = ["modules", "platform"]
  /// What the build needs, and nobody calls.
  private static let withoutPage: Set<String> = ["EmbedMigrations", "embed-migrations", "Migrations"]

  private let modules: [String]
  private let uses: [String: Set<String>]

  init(_ graph: PackageGraph) {
    let ofModules = Set(graph.layers.filter { $0.name == "modules" }.flatMap(\.targets))
    modules = graph.layers.filter { Self.documentedLayers.contains($0.name) }.flatMap(\.targets)
      .filter { !Self.withoutPage.contains($0) }
    uses = graph.uses.mapValues { $0.intersection(ofModules) }
  }

  /// One sentence for each page that is missing, left over, or does not say what is so.
  func breaches(_ files: [SourceFile]) -> [String] {
    let pages = files.filter { $0.isUnder("docs/modules") }
    let wrong = modules.flatMap { module -> [String] in
      guard let page = pages.first(where: { $0.path == Self.path(of: module) }) else {
        return ["\(Self.path(of: module)): missing"]
      }
      let named = modules.filter { other in page.lines.contains { Self.names(other, $0) } }
      let used = (uses[module] ?? []).sorted()
      return named.sorted() == used ? [] : ["\(page.path): names \(named) as used, Package.swift \(used)"]
    }
    let known = modules.map(Self.path)
    return wrong + pages.filter { !known.contains($0.path) }.map { "\($0.path): there is no such module" }
  }

  private static func path(of module: String) -> String { "docs/modules/\(module.lowercased()).md" }

  private static func names(_ module: String, _ line: Substring) -> Bool {
    line.hasPrefix("| `\(module)` |") || line.hasPrefix("| [`\(module)`](")
  }
}

import Foundation
import PackagePlugin

/// Builds the scripts of the target's folder into it: the binary needs no files beside it.
@main
struct EmbedMigrations: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let target = target as? SwiftSourceModuleTarget else { return [] }
    let files = try FileManager.default.contentsOfDirectory(at: target.directoryURL, includingPropertiesForKeys: nil)
    let scripts = files.filter { $0.pathExtension == "sql" }.sorted { $0.path < $1.path }
    let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedMigrations.swift")
    return [
      .buildCommand(
        displayName: "Embedding \(scripts.count) migrations",
        executable: try context.tool(named: "embed-migrations").url, arguments: [output.path] + scripts.map(\.path),
        inputFiles: scripts, outputFiles: [output])
    ]
  }
}

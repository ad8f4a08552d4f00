package import Foundation

/// The repository that the tests were built in.
package enum Repository {
  /// Its folder.
  package static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Every text file that people wrote or committed, by its path from the root, with forward slashes.
  package static let texts: [(path: String, text: String)] = read()

  /// What builds and runs leave behind, wherever it stands (the same as in .gitignore).
  private static let leftBehind: Set<String> = [
    ".git", ".venv", ".pytest_cache", "__pycache__", "Package.resolved",
  ]
  private static let leftBehindPaths: Set<String> = ["data", "Benchmarks/build", "Clients/python/fastshop"]
  private static let textEndings: Set<String> = [
    "swift", "c", "h", "cc", "modulemap", "proto", "sql", "py", "sh", "md", "txt", "toml", "ini", "json", "yml", "svg",
    "",
  ]

  private static func read() -> [(path: String, text: String)] {
    guard let walk = FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isDirectoryKey]) else {
      return []
    }
    var found: [(path: String, text: String)] = []
    for case let url as URL in walk {
      let path = String(url.path.dropFirst(root.path.count + 1))
      let name = url.lastPathComponent
      if leftBehind.contains(name) || leftBehindPaths.contains(path) || name.hasPrefix(".build") {
        walk.skipDescendants()
      } else if textEndings.contains(url.pathExtension), let text = try? String(contentsOf: url, encoding: .utf8) {
        found.append((path, text))
      }
    }
    return found.sorted { $0.path < $1.path }
  }
}

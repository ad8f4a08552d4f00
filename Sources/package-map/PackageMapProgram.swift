import Foundation

/// Draws the targets of a package and their dependencies as SVG. Its input is the output of
/// Scripts/describe-package.sh.
@main
struct PackageMapProgram {
  static func main() throws {
    FileHandle.standardOutput.write(Data(try map(FileHandle.standardInput.readDataToEndOfFile()).utf8))
  }

  static func map(_ described: Data) throws -> String {
    MapDrawing(PackageGraph(try JSONDecoder().decode(DumpedPackage.self, from: described))).svg
  }
}

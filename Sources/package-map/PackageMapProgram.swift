import Foundation

/// Draws the targets of a package and what they use: reads the package that Scripts/describe-package.sh writes, and
/// writes SVG.
@main
struct PackageMapProgram {
  static func main() throws {
    FileHandle.standardOutput.write(Data(try map(FileHandle.standardInput.readDataToEndOfFile()).utf8))
  }

  static func map(_ described: Data) throws -> String {
    MapDrawing(PackageGraph(try JSONDecoder().decode(DumpedPackage.self, from: described))).svg
  }
}

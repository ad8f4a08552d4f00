/// The part of `swift package dump-package` that the map needs.
struct DumpedPackage: Decodable {
  struct Product: Decodable {
    let name: String
    let targets: [String]
  }

  struct Target: Decodable {
    private static let folders = ["test": "Tests", "plugin": "Plugins"]

    let name: String
    /// The folder of its files.
    let folder: String
    /// Targets and plugins of this package, and products of others.
    let uses: [String]

    private enum CodingKeys: CodingKey { case name, type, path, dependencies, pluginUsages }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      name = try values.decode(String.self, forKey: .name)
      let parent = Self.folders[try values.decode(String.self, forKey: .type)] ?? "Sources"
      folder = try values.decodeIfPresent(String.self, forKey: .path) ?? "\(parent)/\(name)"
      let dependencies = try values.decode([Use].self, forKey: .dependencies)
      let plugins = try values.decodeIfPresent([Use].self, forKey: .pluginUsages) ?? []
      uses = (dependencies + plugins).map(\.name)
    }
  }

  /// `{"byName": ["Name", null]}`: for every key, the name comes first.
  private struct Use: Decodable {
    let name: String

    init(from decoder: any Decoder) throws {
      let kinds = try decoder.singleValueContainer().decode([String: FirstOfList].self)
      name = kinds.values.first?.name ?? ""
    }
  }

  private struct FirstOfList: Decodable {
    let name: String

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      name = try list.decode(String.self)
    }
  }

  let products: [Product]
  let targets: [Target]
}

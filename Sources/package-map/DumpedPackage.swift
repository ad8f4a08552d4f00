/// What we read of `swift package dump-package`.
struct DumpedPackage: Decodable {
  struct Product: Decodable {
    let name: String
    let targets: [String]
  }

  struct Target: Decodable {
    let name: String
    /// Targets and plugins of this package, and products of others.
    let uses: [String]

    private enum CodingKeys: CodingKey { case name, dependencies, pluginUsages }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      name = try values.decode(String.self, forKey: .name)
      let dependencies = try values.decode([Use].self, forKey: .dependencies)
      let plugins = try values.decodeIfPresent([Use].self, forKey: .pluginUsages) ?? []
      uses = (dependencies + plugins).map(\.name)
    }
  }

  /// `{"byName": ["Name", null]}`: by whatever key, the name stands first.
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

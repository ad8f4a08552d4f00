/// The targets of the layers and their dependencies. A target `CName` beside a target `Name` counts as its part.
struct PackageGraph {
  struct Layer: Equatable {
    let name: String
    let targets: [String]
  }

  /// From the top.
  let layers: [Layer]
  /// The dependencies of each target on targets of the layers, as the manifest lists them.
  let uses: [String: Set<String>]

  /// The index of a target's layer, from the top.
  func layer(of target: String) -> Int? { layers.firstIndex { $0.targets.contains(target) } }

  /// All dependencies of a target, direct and indirect.
  func reach(of target: String) -> Set<String> {
    var reached: Set<String> = []
    var next = uses[target] ?? []
    while let one = next.popFirst() {
      if reached.insert(one).inserted { next.formUnion((uses[one] ?? []).subtracting(reached)) }
    }
    return reached
  }

  /// The direct dependencies of a target that are not dependencies of its other dependencies.
  func ownUses(of target: String) -> Set<String> {
    let direct = uses[target] ?? []
    return direct.subtracting(direct.flatMap { reach(of: $0) })
  }

  /// The mistakes: dependencies that point up, and circles.
  var faults: [String] {
    uses.keys.sorted().flatMap { user -> [String] in
      let layer = layer(of: user) ?? 0
      let upward = (uses[user] ?? []).sorted().filter { (self.layer(of: $0) ?? 0) < layer }
        .map { "\(user) uses \($0), which is in a higher layer" }
      return upward + (reach(of: user).contains(user) ? ["\(user) uses itself, through others"] : [])
    }
  }
}

extension PackageGraph {
  /// The graph of a package that was dumped with its layers as products.
  init(_ package: DumpedPackage) {
    let onLayers = Set(package.products.flatMap(\.targets))
    var owner: [String: String] = [:]
    for name in onLayers {
      let rest = String(name.dropFirst())
      owner[name] = name.hasPrefix("C") && onLayers.contains(rest) ? rest : name
    }
    layers = package.products.map { product in
      Layer(name: product.name, targets: product.targets.filter { owner[$0] == $0 }.sorted())
    }
    var uses: [String: Set<String>] = [:]
    for target in package.targets {
      guard let user = owner[target.name] else { continue }
      uses[user, default: []].formUnion(target.uses.compactMap { owner[$0] })
      uses[user]?.remove(user)
    }
    self.uses = uses
  }
}

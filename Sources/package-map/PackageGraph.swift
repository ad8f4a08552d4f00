/// The targets that stand on a floor, and which uses which. A target `CName` beside a target `Name` counts as its part.
struct PackageGraph {
  struct Floor: Equatable {
    let name: String
    let targets: [String]
  }

  /// From the top.
  let floors: [Floor]
  /// What each target uses of the floors' targets, as the manifest lists it.
  let uses: [String: Set<String>]

  /// The floor of a target, counted from the top.
  func floor(of target: String) -> Int? { floors.firstIndex { $0.targets.contains(target) } }

  /// All that a target uses, directly or through others.
  func reach(of target: String) -> Set<String> {
    var reached: Set<String> = []
    var next = uses[target] ?? []
    while let one = next.popFirst() {
      if reached.insert(one).inserted { next.formUnion((uses[one] ?? []).subtracting(reached)) }
    }
    return reached
  }

  /// What a target uses directly and through nothing else that it uses.
  func ownUses(of target: String) -> Set<String> {
    let direct = uses[target] ?? []
    return direct.subtracting(direct.flatMap { reach(of: $0) })
  }

  /// What is wrong: an arrow that points up, or two targets that use each other.
  var faults: [String] {
    uses.keys.sorted().flatMap { user -> [String] in
      let floor = floor(of: user) ?? 0
      let upward = (uses[user] ?? []).sorted().filter { (self.floor(of: $0) ?? 0) < floor }
        .map { "\(user) uses \($0), which stands on a higher floor" }
      return upward + (reach(of: user).contains(user) ? ["\(user) uses itself, through others"] : [])
    }
  }
}

extension PackageGraph {
  /// The graph of a package that was dumped with its floors as products.
  init(_ package: DumpedPackage) {
    let onFloors = Set(package.products.flatMap(\.targets))
    var owner: [String: String] = [:]
    for name in onFloors {
      let rest = String(name.dropFirst())
      owner[name] = name.hasPrefix("C") && onFloors.contains(rest) ? rest : name
    }
    floors = package.products.map { product in
      Floor(name: product.name, targets: product.targets.filter { owner[$0] == $0 }.sorted())
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

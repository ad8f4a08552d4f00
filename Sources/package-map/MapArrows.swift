/// The arrows of the map. An indirect dependency has no arrow. Many arrows between a layer and one target become one,
/// which begins or ends at the layer's frame.
struct MapArrows {
  /// An end of an arrow.
  enum End: Hashable {
    case target(String)
    case topOf(layer: Int)
    case bottomOf(layer: Int)
  }

  struct Arrow: Hashable {
    let from: End
    let to: End
    var label = ""
  }

  /// The least number of arrows that become one.
  private static let bundledMin = 3

  /// In a stable order.
  let arrows: [Arrow]
  /// Targets that more than half of the others in their layer use: wide boxes, to which those have no arrows.
  let bases: Set<String>
  /// Targets that use more than half of the others in their layer: wide boxes, without arrows to those.
  let tops: Set<String>

  init(_ graph: PackageGraph) {
    var left: Set<Pair> = Set(
      graph.uses.keys.flatMap { user in graph.ownUses(of: user).map { Pair(user: user, used: $0) } })
    var bases: Set<String> = []
    var tops: Set<String> = []
    var arrows: [Arrow] = []
    func take(_ isTaken: (Pair) -> Bool) -> [Pair] {
      let taken = left.filter(isTaken)
      left.subtract(taken)
      return Array(taken)
    }

    for (index, layer) in graph.layers.enumerated() {
      let targets = Set(layer.targets)
      for used in graph.layers[index...].flatMap(\.targets) {
        let users = targets.filter { graph.uses[$0]?.contains(used) == true }
        guard Self.isMost(users.count, of: targets.count - (targets.contains(used) ? 1 : 0)) else { continue }
        let bundled = take { $0.used == used && targets.contains($0.user) }
        if targets.contains(used) {
          bases.insert(used)
        } else if !bundled.isEmpty {
          arrows.append(Arrow(from: .bottomOf(layer: index), to: .target(used)))
        }
      }
      for user in graph.layers[...index].flatMap(\.targets) {
        let used = targets.intersection(graph.uses[user] ?? [])
        guard Self.isMost(used.count, of: targets.count - (targets.contains(user) ? 1 : 0)) else { continue }
        let bundled = take { $0.user == user && targets.contains($0.used) }
        if targets.contains(user) {
          tops.insert(user)
        } else if !bundled.isEmpty {
          arrows.append(Arrow(from: .target(user), to: .topOf(layer: index)))
        }
      }
    }
    let own = take { $0.used == "\($0.user)API" }
    if own.count < Self.bundledMin {
      left.formUnion(own)
    } else if let first = own.min(), let from = graph.layer(of: first.user), let to = graph.layer(of: first.used) {
      arrows.append(Arrow(from: .bottomOf(layer: from), to: .topOf(layer: to), label: "each its own API"))
    }
    arrows += left.sorted().map { Arrow(from: .target($0.user), to: .target($0.used)) }
    self.arrows = arrows
    self.bases = bases
    self.tops = tops
  }

  private static func isMost(_ count: Int, of all: Int) -> Bool { count >= bundledMin && count * 2 > all }

  private struct Pair: Hashable, Comparable {
    let user: String
    let used: String

    static func < (left: Pair, right: Pair) -> Bool { (left.user, left.used) < (right.user, right.used) }
  }
}

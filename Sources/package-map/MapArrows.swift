/// Which arrows the map draws: what a target reaches through others needs none, and many arrows between a floor and one
/// target become one, which begins or ends at the floor's frame.
struct MapArrows {
  /// Where an arrow begins or ends.
  enum End: Hashable {
    case target(String)
    case topOf(floor: Int)
    case bottomOf(floor: Int)
  }

  struct Arrow: Hashable {
    let from: End
    let to: End
    var label = ""
  }

  /// Fewer than this many arrows stay as they are.
  private static let bundledMin = 3

  /// In a stable order.
  let arrows: [Arrow]
  /// Targets that more than half of the others of their own floor use: wide boxes, without arrows from there.
  let bases: Set<String>
  /// Targets that use more than half of the others of their own floor: wide boxes, too.
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

    for (index, floor) in graph.floors.enumerated() {
      let targets = Set(floor.targets)
      for used in graph.floors[index...].flatMap(\.targets) {
        let users = targets.filter { graph.uses[$0]?.contains(used) == true }
        guard Self.isMost(users.count, of: targets.count - (targets.contains(used) ? 1 : 0)) else { continue }
        let bundled = take { $0.used == used && targets.contains($0.user) }
        if targets.contains(used) {
          bases.insert(used)
        } else if !bundled.isEmpty {
          arrows.append(Arrow(from: .bottomOf(floor: index), to: .target(used)))
        }
      }
      for user in graph.floors[...index].flatMap(\.targets) {
        let used = targets.intersection(graph.uses[user] ?? [])
        guard Self.isMost(used.count, of: targets.count - (targets.contains(user) ? 1 : 0)) else { continue }
        let bundled = take { $0.user == user && targets.contains($0.used) }
        if targets.contains(user) {
          tops.insert(user)
        } else if !bundled.isEmpty {
          arrows.append(Arrow(from: .target(user), to: .topOf(floor: index)))
        }
      }
    }
    let own = take { $0.used == "\($0.user)API" }
    if own.count < Self.bundledMin {
      left.formUnion(own)
    } else if let first = own.min(), let from = graph.floor(of: first.user), let to = graph.floor(of: first.used) {
      arrows.append(Arrow(from: .bottomOf(floor: from), to: .topOf(floor: to), label: "each its own"))
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

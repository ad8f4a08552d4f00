/// The positions on the map: rows of boxes, layer by layer, with lanes between boxes for the arrows that cross a row.
struct MapLayout {
  /// A box, an arrow's end at a frame, or a lane.
  struct Node {
    /// Nil unless it is a box.
    var label: String?
    let row: Int
    var width: Double
    /// The x coordinate of its middle.
    var x: Double
    /// With the gap to the next.
    var space: Double { width + (label == nil ? MapLayout.laneGap : MapLayout.boxGap) }
  }

  struct Row {
    let layer: Int
    var nodes: [Int]
    var top = 0.0
    let height: Double
    var bottom: Double { top + height }
  }

  struct Path {
    let from: Int
    let lanes: [Int]
    let to: Int
    let label: String
    var nodes: [Int] { [from] + lanes + [to] }
  }

  static let left = 108.0
  static let right = 1012.0
  static let boxHeight = 30.0
  fileprivate static let boxGap = 18.0
  private static let laneWidth = 6.0
  fileprivate static let laneGap = 8.0
  /// The part of a row that is left for lanes.
  private static let laneSpace = 110.0
  private static let rowGap = 34.0
  private static let frameGap = 26.0
  private static let framePadding = 18.0
  private static let sweeps = 60
  private static let characterWidth = 7.3

  private(set) var nodes: [Node] = []
  private(set) var rows: [Row] = []
  private(set) var paths: [Path] = []
  /// The frame of each layer, from the top.
  private(set) var frames: [(top: Double, bottom: Double)] = []
  private var ends: [MapArrows.End: Int] = [:]
  private var neighbours: [[Int]] = []

  init(_ graph: PackageGraph, _ map: MapArrows) {
    for (index, layer) in graph.layers.enumerated() {
      addRow(layer: index, [.topOf(layer: index)])
      for row in Self.rows(of: layer, map) { addRow(layer: index, row.map { .target($0) }) }
      addRow(layer: index, [.bottomOf(layer: index)])
    }
    for arrow in map.arrows { addPath(arrow) }
    for wide in map.tops.union(map.bases) { widen(ends[.target(wide)]) }
    neighbours = Array(repeating: [], count: nodes.count)
    for path in paths {
      for (a, b) in zip(path.nodes, path.nodes.dropFirst()) {
        neighbours[a].append(b)
        neighbours[b].append(a)
      }
    }
    for sweep in 0..<Self.sweeps {
      let order = sweep.isMultiple(of: 2) ? Array(rows.indices) : rows.indices.reversed()
      for row in order { place(row) }
    }
    stack()
  }

  // MARK: Rows

  /// A target is above those that it uses. Tops and bases have rows of their own. No row is wider than the frame.
  private static func rows(of layer: PackageGraph.Layer, _ map: MapArrows) -> [[String]] {
    var depth: [String: Int] = [:]
    let inside = map.arrows.compactMap { arrow -> (user: String, used: String)? in
      guard case .target(let user) = arrow.from, case .target(let used) = arrow.to else { return nil }
      return layer.targets.contains(user) && layer.targets.contains(used) ? (user, used) : nil
    }
    for _ in layer.targets {
      for arrow in inside { depth[arrow.used] = max(depth[arrow.used] ?? 0, (depth[arrow.user] ?? 0) + 1) }
    }
    let boxes = layer.targets.filter { !map.bases.contains($0) && !map.tops.contains($0) }
    let levels = Dictionary(grouping: boxes) { depth[$0] ?? 0 }.sorted { $0.key < $1.key }.map(\.value)
    let (tops, bases) = (layer.targets.filter(map.tops.contains), layer.targets.filter(map.bases.contains))
    return tops.map { [$0] } + levels.flatMap(wrapped) + bases.map { [$0] }
  }

  /// A level in rows of about the same width.
  private static func wrapped(_ level: [String]) -> [[String]] {
    let wide = level.reduce(0) { $0 + width(of: $1) + boxGap }
    let count = max(1, Int((wide / (right - left - laneSpace)).rounded(.up)))
    let each = (level.count + count - 1) / count
    return stride(from: 0, to: level.count, by: each).map { Array(level[$0..<min($0 + each, level.count)]) }
  }

  private static func width(of label: String) -> Double { Double(label.count) * characterWidth + 22 }

  private mutating func addRow(layer: Int, _ row: [MapArrows.End]) {
    let total = Double(row.count)
    var added = Row(layer: layer, nodes: [], height: 0)
    for (index, end) in row.enumerated() {
      var node = Node(row: rows.count, width: Self.laneWidth, x: 0)
      if case .target(let name) = end {
        added = Row(layer: layer, nodes: added.nodes, height: Self.boxHeight)
        node = Node(label: name, row: rows.count, width: Self.width(of: name), x: 0)
      }
      node.x = Self.left + (Self.right - Self.left) * (Double(index) + 0.5) / total
      ends[end] = nodes.count
      added.nodes.append(nodes.count)
      nodes.append(node)
    }
    rows.append(added)
  }

  private mutating func addPath(_ arrow: MapArrows.Arrow) {
    guard let from = ends[arrow.from], let to = ends[arrow.to] else { return }
    var lanes: [Int] = []
    for row in (nodes[from].row + 1)..<max(nodes[to].row, nodes[from].row + 1) where rows[row].height > 0 {
      rows[row].nodes.append(nodes.count)
      lanes.append(nodes.count)
      nodes.append(Node(row: row, width: Self.laneWidth, x: nodes[from].x))
    }
    paths.append(Path(from: from, lanes: lanes, to: to, label: arrow.label))
  }

  /// Gives a box what the lanes leave of its row.
  private mutating func widen(_ box: Int?) {
    guard let box else { return }
    let lanes = rows[nodes[box].row].nodes.filter { $0 != box }.reduce(0) { $0 + nodes[$1].space }
    nodes[box].width = Self.right - Self.left - 2 * Self.boxGap - lanes
  }

  // MARK: Places

  /// Moves a row's nodes towards the middle of their neighbours, and apart where they would meet.
  private mutating func place(_ row: Int) {
    let ordered = rows[row].nodes.map { (node: $0, x: wantedX(of: $0)) }.sorted { ($0.x, $0.node) < ($1.x, $1.node) }
    rows[row].nodes = ordered.map(\.node)
    // Blocks of nodes that touch: each stands where its nodes want to be on average.
    var blocks: [(nodes: [Int], sum: Double, width: Double)] = []
    func start(_ block: (nodes: [Int], sum: Double, width: Double)) -> Double {
      let middle = block.sum / Double(block.nodes.count)
      return min(max(middle, Self.left + Self.boxGap / 2), Self.right - Self.boxGap / 2 - block.width)
    }
    for (node, x) in ordered {
      let width = nodes[node].space
      blocks.append(([node], x - width / 2, width))
      while let last = blocks.last, let before = blocks.dropLast().last, start(before) + before.width > start(last) {
        blocks.removeLast(2)
        let moved = last.sum - before.width * Double(last.nodes.count)
        blocks.append((before.nodes + last.nodes, before.sum + moved, before.width + last.width))
      }
    }
    for block in blocks {
      var x = start(block)
      for node in block.nodes {
        let width = nodes[node].space
        nodes[node].x = x + width / 2
        x += width
      }
    }
  }

  private func wantedX(of node: Int) -> Double {
    let near = neighbours[node]
    return near.isEmpty ? nodes[node].x : near.reduce(0) { $0 + nodes[$1].x } / Double(near.count)
  }

  /// Sets the rows below each other, with a frame around each layer's.
  private mutating func stack() {
    var y = Self.framePadding
    for row in rows.indices {
      let isFirst = row == 0 || rows[row].layer != rows[row - 1].layer
      let isLast = row + 1 == rows.count || rows[row].layer != rows[row + 1].layer
      if isFirst { frames.append((y, y)) }
      rows[row].top = y
      if isFirst || !isLast {
        y = rows[row].bottom + (isFirst || rows[row + 1].height == 0 ? Self.framePadding : Self.rowGap)
      } else {
        frames[frames.count - 1].bottom = y
        y += Self.frameGap
      }
    }
  }
}

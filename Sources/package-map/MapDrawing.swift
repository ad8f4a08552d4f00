import Foundation

/// The map as SVG, light or dark like the reader's theme.
struct MapDrawing {
  private let graph: PackageGraph
  private let layout: MapLayout

  init(_ graph: PackageGraph) {
    self.graph = graph
    layout = MapLayout(graph, MapArrows(graph))
  }

  var svg: String {
    let width = Int(MapLayout.right + 20)
    let height = Int((layout.frames.last?.bottom ?? 0) + 18)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" role="img">
      <title>The targets of the package, and which uses which</title>
      \(Self.style)
      <defs><marker id="head" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="8"
      markerHeight="8" orient="auto">
      <path class="head" d="M0,0.8 L8,4 L0,7.2 z"/></marker></defs>
      <rect class="page" width="\(width)" height="\(height)" rx="10"/>
      \((frames + arrows + boxes).joined(separator: "\n"))
      </svg>

      """
  }

  private var frames: [String] {
    zip(graph.layers, layout.frames).enumerated().map { index, layer in
      let (name, frame) = layer
      let size = Self.size(MapLayout.right - MapLayout.left, frame.bottom - frame.top)
      return """
        <rect class="frame f\(index)" \(Self.place(MapLayout.left, frame.top)) \(size) rx="8"/>
        <text class="layer" \(Self.place(MapLayout.left - 12, (frame.top + frame.bottom) / 2 + 4))>\(name.name)</text>
        """
    }
  }

  private var boxes: [String] {
    layout.rows.flatMap { row in
      row.nodes.compactMap { index -> String? in
        let node = layout.nodes[index]
        guard let label = node.label else { return nil }
        let uses = (graph.uses[label] ?? []).sorted().joined(separator: ", ")
        return """
          <g><title>\(label) uses \(uses.isEmpty ? "nothing" : uses)</title>\
          <rect class="box f\(row.layer)" \(Self.place(node.x - node.width / 2, row.top)) \
          \(Self.size(node.width, row.height)) rx="5"/>\
          <text class="name" \(Self.place(node.x, row.top + row.height / 2 + 4.2))>\(label)</text></g>
          """
      }
    }
  }

  private var arrows: [String] {
    layout.paths.map { path in
      let start = point(path.from, atBottom: true)
      var last = start
      var line = "M\(Self.text(start))"
      for node in path.nodes.dropFirst() {
        let next = point(node, atBottom: false)
        let bend = (next.y - last.y) / 2
        line += " C\(Self.text((last.x, last.y + bend))) \(Self.text((next.x, next.y - bend))) \(Self.text(next))"
        last = point(node, atBottom: true)
        if node != path.to { line += " V\(Self.text(last.y))" }
      }
      let isInside = layer(of: path.from) == layer(of: path.to)
      let arrow = "<path class=\"arrow\(isInside ? " inside" : "")\" d=\"\(line)\"/>"
      if path.label.isEmpty { return arrow }
      return arrow + "<text class=\"label\" \(Self.place(start.x + 8, start.y + 16))>\(path.label)</text>"
    }
  }

  private func layer(of node: Int) -> Int { layout.rows[layout.nodes[node].row].layer }

  private func point(_ index: Int, atBottom: Bool) -> (x: Double, y: Double) {
    let node = layout.nodes[index]
    return (node.x, atBottom ? layout.rows[node.row].bottom : layout.rows[node.row].top)
  }

  private static func place(_ x: Double, _ y: Double) -> String { "x=\"\(text(x))\" y=\"\(text(y))\"" }

  private static func size(_ width: Double, _ height: Double) -> String {
    "width=\"\(text(width))\" height=\"\(text(height))\""
  }

  private static func text(_ point: (x: Double, y: Double)) -> String { "\(text(point.x)),\(text(point.y))" }

  /// With one decimal, if it is not zero.
  private static func text(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return tenths.isMultiple(of: 10) ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  private static let style = """
    <style>
    text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1f2430 }
    .name { text-anchor: middle }
    .layer { font: 600 12px system-ui, "DejaVu Sans", sans-serif; text-anchor: end; fill: #5a6272 }
    .label { font: italic 11px system-ui, "DejaVu Sans", sans-serif; fill: #5a6272 }
    .page { fill: #ffffff }
    .frame { fill: hsl(var(--hue) 45% 96%); stroke: hsl(var(--hue) 25% 85%) }
    .box { fill: hsl(var(--hue) 60% 90%); stroke: hsl(var(--hue) 35% 55%) }
    .arrow { fill: none; stroke: #8a93a5; stroke-width: 1.2; marker-end: url(#head) }
    .inside { stroke: #4c5568; stroke-width: 1.4 }
    .head { fill: #6b7385 }
    .f0 { --hue: 265 } .f1 { --hue: 210 } .f2 { --hue: 175 } .f3 { --hue: 100 } .f4 { --hue: 40 } .f5 { --hue: 15 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6e9f0 } .layer, .label { fill: #a3acbd } .page { fill: #14171d }
      .frame { fill: hsl(var(--hue) 20% 13%); stroke: hsl(var(--hue) 15% 26%) }
      .box { fill: hsl(var(--hue) 28% 24%); stroke: hsl(var(--hue) 30% 48%) }
      .arrow { stroke: #77819a } .inside { stroke: #aab3c6 } .head { fill: #97a0b5 }
    }
    </style>
    """
}

/// A drawn picture of a product, as SVG: a thing of its kind in its colour, before a soft background.
public struct DemoDrawing: Hashable, Sendable {
  /// In pixels.
  static let width = 640
  /// In pixels.
  static let height = 480

  /// Names it among all pictures: `lamps/ink`.
  public let name: String
  private let shape: DemoShape
  private let colour: DemoColour

  /// The picture of goods of a category whose first option has that value.
  init(of category: String, _ value: String) {
    name = "\(category)/\(Slug.of(value))"
    shape = DemoShape.of(category)
    colour = DemoColour.of(value)
  }

  /// Every picture that a product of the demo shop may have, in a fixed order.
  static func all(_ tree: DemoTree) -> [DemoDrawing] {
    tree.leaves.flatMap { leaf in
      (leaf.goods?.options.first.values ?? []).map { DemoDrawing(of: leaf.slug, $0) }
    }
  }

  /// The SVG document.
  public var svg: String {
    let (width, ground) = shape.shadow
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.width)" height="\(Self.height)" viewBox="0 0 800 600">
      <defs>
      <linearGradient id="wall" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#f7f5f1"/>\
      <stop offset="0.7" stop-color="#eae6df"/><stop offset="0.71" stop-color="#e0dbd2"/>\
      <stop offset="1" stop-color="#f0ede7"/></linearGradient>
      <radialGradient id="shadow"><stop offset="0" stop-color="#2a241c" stop-opacity="0.42"/>\
      <stop offset="0.55" stop-color="#2a241c" stop-opacity="0.18"/>\
      <stop offset="1" stop-color="#2a241c" stop-opacity="0"/></radialGradient>
      <radialGradient id="glow"><stop offset="0" stop-color="#ffe3a0" stop-opacity="0.75"/>\
      <stop offset="1" stop-color="#ffe9b8" stop-opacity="0"/></radialGradient>
      \(gradient("body", [colour.lighter(22), colour, colour.darker(24)]))
      \(gradient("side", [colour.darker(14), colour.darker(38)]))
      \(gradient("light", [colour.lighter(45), colour.lighter(12)]))
      \(gradient("metal", [DemoColour(0xE9ECEF), DemoColour(0xA9B0B8), DemoColour(0x7C848D)]))
      \(gradient("dark", [DemoColour(0x4A4D53), DemoColour(0x222428)]))
      \(gradient("wood", [DemoColour(0xD9AE76), DemoColour(0xA97843)]))
      </defs>
      <rect width="800" height="600" fill="url(#wall)"/>
      <ellipse cx="400" cy="\(ground)" rx="\(width)" ry="\(max(16, width / 9))" fill="url(#shadow)"/>
      \(shape.drawing(colour))
      </svg>
      """
  }

  private func gradient(_ id: String, _ colours: [DemoColour]) -> String {
    let stops = colours.enumerated().map { index, colour in
      "<stop offset=\"\(Double(index) / Double(max(1, colours.count - 1)))\" stop-color=\"\(colour.text)\"/>"
    }
    return "<linearGradient id=\"\(id)\" x1=\"0\" y1=\"0\" x2=\"1\" y2=\"1\">\(stops.joined())</linearGradient>"
  }
}

/// The demo shop's categories in tree order, as stored in the database.
struct DemoTree {
  struct Node {
    let id: DemoID
    let title: String
    let slug: String
    let path: String
    /// From the root down, itself last.
    let lineage: [DemoID]
    /// Among its siblings, from 1.
    let position: Int
    /// Positions from the root down.
    let place: String
    /// The slug of its root.
    let department: String
    let goods: DemoGoods?
  }

  private(set) var nodes: [Node] = []
  /// The categories that contain products.
  let leaves: [Node]

  init() {
    var nodes: [Node] = []
    for (index, department) in DemoCategory.departments.enumerated() {
      Self.lay(department, under: nil, position: index + 1, into: &nodes)
    }
    self.nodes = nodes
    leaves = nodes.filter { $0.goods != nil }
  }

  private static func lay(_ category: DemoCategory, under parent: Node?, position: Int, into nodes: inout [Node]) {
    let id = DemoID(.category, nodes.count)
    let digits = String(10_000 + position).dropFirst()
    let node = Node(
      id: id, title: category.title, slug: category.slug,
      path: parent.map { "\($0.path)/\(category.slug)" } ?? category.slug,
      lineage: (parent?.lineage ?? []) + [id], position: position,
      place: parent.map { "\($0.place).\(digits)" } ?? String(digits),
      department: parent?.department ?? category.slug, goods: category.goods)
    nodes.append(node)
    for (index, child) in category.children.enumerated() {
      lay(child, under: node, position: index + 1, into: &nodes)
    }
  }
}

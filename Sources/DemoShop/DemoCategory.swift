/// A category of the demo shop. Leaf categories know their products.
struct DemoCategory {
  let title: String
  let children: [DemoCategory]
  /// The goods of the category; nil above the leaves.
  let goods: DemoGoods?

  var slug: String { Slug.of(title) }

  init(_ title: String, _ children: [DemoCategory]) {
    self.title = title
    self.children = children
    goods = nil
  }

  init(_ title: String, _ nouns: [String], euros: ClosedRange<Int>, _ options: DemoOptions) {
    self.title = title
    children = []
    goods = DemoGoods(nouns: nouns, euros: euros, options: options)
  }
}

/// The products of one leaf category.
struct DemoGoods {
  let nouns: [String]
  /// Prices of the simplest variant, in whole euros.
  let euros: ClosedRange<Int>
  let options: DemoOptions
}

extension DemoCategory {
  static let departments: [DemoCategory] = [electronics, home, clothing, sports, garden, booksAndPlay]

  private static let electronics = DemoCategory(
    "Electronics",
    [
      DemoCategory(
        "Audio",
        [
          .init("Headphones", ["Over-Ear Headphones", "On-Ear Headphones", "Earbuds"], euros: 29...389, .device),
          .init("Loudspeakers", ["Bookshelf Speakers", "Soundbar", "Portable Speaker"], euros: 49...899, .device),
          .init("Turntables", ["Turntable", "Phono Preamplifier"], euros: 119...1490, .device),
        ]),
      DemoCategory(
        "Computing",
        [
          .init("Laptops", ["Laptop 13", "Laptop 15", "Convertible"], euros: 549...2390, .storage),
          .init("Keyboards", ["Mechanical Keyboard", "Compact Keyboard"], euros: 39...229, .device),
          .init("Monitors", ["Monitor 24", "Monitor 27", "Curved Monitor"], euros: 139...1190, .device),
        ]),
      DemoCategory(
        "Phones",
        [
          .init("Smartphones", ["Smartphone", "Rugged Phone"], euros: 189...1290, .storage),
          .init("Chargers", ["Wall Charger", "Power Bank", "Charging Pad"], euros: 15...99, .device),
        ]),
      DemoCategory(
        "Photo",
        [
          .init("Cameras", ["Mirrorless Camera", "Compact Camera"], euros: 349...2890, .device),
          .init("Tripods", ["Travel Tripod", "Studio Tripod"], euros: 39...419, .device),
        ]),
    ])

  private static let home = DemoCategory(
    "Home",
    [
      DemoCategory(
        "Furniture",
        [
          .init("Desks", ["Writing Desk", "Standing Desk", "Secretary"], euros: 179...1290, .furniture),
          .init("Shelving", ["Bookcase", "Wall Shelf", "Sideboard"], euros: 49...890, .furniture),
          .init("Chairs", ["Dining Chair", "Armchair", "Stool"], euros: 59...690, .furniture),
        ]),
      DemoCategory(
        "Textiles",
        [
          .init("Bed Linen", ["Duvet Cover", "Fitted Sheet"], euros: 29...189, .fabric),
          .init("Cushions", ["Cushion", "Floor Cushion"], euros: 15...89, .fabric),
          .init("Rugs", ["Wool Rug", "Runner"], euros: 69...990, .fabric),
        ]),
      DemoCategory(
        "Kitchen",
        [
          .init("Pans", ["Frying Pan", "Saucepan", "Casserole"], euros: 25...219, .kitchen),
          .init("Knives", ["Chef's Knife", "Bread Knife", "Paring Knife"], euros: 19...249, .tool),
        ]),
      DemoCategory(
        "Lighting",
        [.init("Lamps", ["Desk Lamp", "Floor Lamp", "Pendant Lamp"], euros: 35...490, .fabric)]),
    ])

  private static let clothing = DemoCategory(
    "Clothing",
    [
      DemoCategory(
        "Women",
        [
          .init("Dresses", ["Summer Dress", "Shirt Dress", "Knit Dress"], euros: 39...229, .clothes),
          .init("Coats", ["Wool Coat", "Rain Coat", "Parka"], euros: 89...449, .clothes),
        ]),
      DemoCategory(
        "Men",
        [
          .init("Shirts", ["Oxford Shirt", "Linen Shirt", "Flannel Shirt"], euros: 29...129, .clothes),
          .init("Trousers", ["Chinos", "Selvedge Jeans", "Cord Trousers"], euros: 49...189, .clothes),
        ]),
      DemoCategory(
        "Children",
        [
          .init("Playwear", ["Dungarees", "Striped Tee", "Hooded Jumper"], euros: 12...69, .clothes),
          .init("Rainwear", ["Rain Jacket", "Mud Trousers"], euros: 25...89, .clothes),
        ]),
      DemoCategory(
        "Shoes",
        [
          .init("Boots", ["Chelsea Boots", "Desert Boots"], euros: 89...329, .shoes),
          .init("Trainers", ["Canvas Trainers", "Leather Trainers"], euros: 49...189, .shoes),
        ]),
    ])

  private static let sports = DemoCategory(
    "Sports",
    [
      DemoCategory(
        "Cycling",
        [
          .init("Bicycles", ["City Bike", "Gravel Bike", "Touring Bike"], euros: 499...3490, .bike),
          .init("Helmets", ["Road Helmet", "Commuter Helmet"], euros: 39...219, .gear),
        ]),
      DemoCategory(
        "Hiking",
        [
          .init("Backpacks", ["Day Pack", "Trekking Pack"], euros: 49...289, .gear),
          .init("Tents", ["Two-Person Tent", "Family Tent"], euros: 119...890, .gear),
        ]),
      DemoCategory(
        "Running", [.init("Running Shoes", ["Road Runner", "Trail Runner"], euros: 79...219, .shoes)]),
    ])

  private static let garden = DemoCategory(
    "Garden",
    [
      DemoCategory(
        "Plants",
        [
          .init("House Plants", ["Rubber Plant", "Monstera", "Olive Tree"], euros: 15...189, .plant),
          .init("Herbs", ["Rosemary", "Lemon Thyme", "Sage"], euros: 4...29, .plant),
        ]),
      DemoCategory(
        "Tools",
        [
          .init("Hand Tools", ["Spade", "Garden Fork", "Hori Knife"], euros: 12...119, .tool),
          .init("Watering", ["Watering Can", "Hose Set"], euros: 15...149, .kitchen),
        ]),
    ])

  private static let booksAndPlay = DemoCategory(
    "Books and Play",
    [
      DemoCategory(
        "Books",
        [
          .init("Fiction", ["Novel", "Short Stories"], euros: 9...32, .book),
          .init("Cookery", ["Cookbook", "Baking Book"], euros: 15...49, .book),
          .init("Travel", ["Travel Guide", "Walking Atlas"], euros: 12...45, .book),
        ]),
      DemoCategory(
        "Games",
        [
          .init("Board Games", ["Strategy Game", "Family Game", "Card Game"], euros: 12...89, .toy),
          .init("Puzzles", ["Jigsaw Puzzle", "Wooden Puzzle"], euros: 9...59, .toy),
        ]),
    ])
}

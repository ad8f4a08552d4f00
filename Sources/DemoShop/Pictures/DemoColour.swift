/// A colour of the demo shop's goods.
struct DemoColour: Hashable {
  private let red: Int
  private let green: Int
  private let blue: Int

  init(_ rgb: Int) { (red, green, blue) = (rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255) }

  private init(_ red: Int, _ green: Int, _ blue: Int) { (self.red, self.green, self.blue) = (red, green, blue) }

  /// As SVG has it: `#1a2b3c`.
  var text: String {
    "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Nearer to white, by so many hundredths.
  func lighter(_ percent: Int) -> DemoColour {
    func mixed(_ part: Int) -> Int { part + (255 - part) * percent / 100 }
    return DemoColour(mixed(red), mixed(green), mixed(blue))
  }

  /// Nearer to black, by so many hundredths.
  func darker(_ percent: Int) -> DemoColour {
    func mixed(_ part: Int) -> Int { part - part * percent / 100 }
    return DemoColour(mixed(red), mixed(green), mixed(blue))
  }

  /// The colour of goods whose first option has that value.
  static func of(_ value: String) -> DemoColour { DemoColour(named[value] ?? 0x8A8F98) }

  private static let named: [String: Int] = [
    "Charcoal": 0x44474D, "Navy": 0x24406E, "Moss": 0x6B7A46, "Sand": 0xD3BE98, "Brick": 0xA8503C, "White": 0xEFEDE8,
    "Black": 0x2B2B2E, "Chestnut": 0x7A4428, "Slate": 0x69778A, "Off-white": 0xE4DFD2,
    "Graphite": 0x50545B, "Silver": 0xC3C8CE, "Midnight blue": 0x27365E, "Copper": 0xB9714A, "Sea green": 0x4D9384,
    "Oak": 0xC79A62, "Walnut": 0x77513A, "Ash": 0xD8BD92, "Black ash": 0x413D3B,
    "Linen": 0xD8CDB8, "Terracotta": 0xC26B4B, "Sage": 0x93A58A, "Ink": 0x2F3E5C, "Oat": 0xE0CFAE,
    "Steel": 0xB4BBC3, "Enamel black": 0x333539, "Enamel cream": 0xEADFC4,
    "Granite": 0x767C84, "Signal orange": 0xE46F2C, "Pine": 0x3F6850, "Cobalt": 0x2C5AA8,
    "Racing green": 0x22523E, "Matt black": 0x35363A, "Cream": 0xE7D9B6,
    "Nursery pot": 0x4E5A55, "Terracotta pot": 0xBF6E4A, "Glazed pot": 0x4F7FA3,
    "Fibreglass": 0xD9A92F,
    "Paperback": 0xB4523F, "Hardcover": 0x2F5D73, "Audio CD": 0xD0A04A,
    "Starter": 0xD98E3F, "Family": 0x3E7F8C, "Collector": 0x6B4A78,
  ]
}

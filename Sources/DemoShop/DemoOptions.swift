/// The options of a kind of product, such as sizes and colours.
struct DemoOptions {
  /// The first option, with its values.
  let first: (name: String, values: [String])
  /// The second option. Later values cost more.
  let second: (name: String, values: [String])
  /// The price difference between values of the second option, in hundredths of the price.
  let stepPercent: Int

  static let clothes = DemoOptions(
    first: ("Colour", ["Charcoal", "Navy", "Moss", "Sand", "Brick", "White"]),
    second: ("Size", ["XS", "S", "M", "L", "XL"]), stepPercent: 0)
  static let shoes = DemoOptions(
    first: ("Colour", ["Black", "Chestnut", "Slate", "Off-white"]),
    second: ("Size", ["38", "39", "40", "41", "42", "43", "44"]), stepPercent: 0)
  static let device = DemoOptions(
    first: ("Colour", ["Graphite", "Silver", "Midnight blue", "Copper"]),
    second: ("Edition", ["Standard", "Plus", "Pro"]), stepPercent: 22)
  static let storage = DemoOptions(
    first: ("Colour", ["Graphite", "Silver", "Sea green"]),
    second: ("Storage", ["128 GB", "256 GB", "512 GB", "1 TB"]), stepPercent: 18)
  static let furniture = DemoOptions(
    first: ("Wood", ["Oak", "Walnut", "Ash", "Black ash"]),
    second: ("Width", ["80 cm", "120 cm", "160 cm", "200 cm"]), stepPercent: 24)
  static let fabric = DemoOptions(
    first: ("Colour", ["Linen", "Terracotta", "Sage", "Ink", "Oat"]),
    second: ("Size", ["Small", "Medium", "Large"]), stepPercent: 30)
  static let kitchen = DemoOptions(
    first: ("Finish", ["Steel", "Copper", "Enamel black", "Enamel cream"]),
    second: ("Diameter", ["20 cm", "24 cm", "28 cm", "32 cm"]), stepPercent: 15)
  static let gear = DemoOptions(
    first: ("Colour", ["Granite", "Signal orange", "Pine", "Cobalt"]),
    second: ("Size", ["S", "M", "L"]), stepPercent: 6)
  static let bike = DemoOptions(
    first: ("Colour", ["Racing green", "Matt black", "Cream"]),
    second: ("Frame", ["50 cm", "54 cm", "58 cm", "62 cm"]), stepPercent: 0)
  static let plant = DemoOptions(
    first: ("Pot", ["Nursery pot", "Terracotta pot", "Glazed pot"]),
    second: ("Height", ["30 cm", "60 cm", "90 cm", "120 cm"]), stepPercent: 45)
  static let tool = DemoOptions(
    first: ("Handle", ["Ash", "Fibreglass", "Steel"]),
    second: ("Length", ["Short", "Standard", "Long"]), stepPercent: 12)
  static let book = DemoOptions(
    first: ("Format", ["Paperback", "Hardcover", "Audio CD"]),
    second: ("Language", ["English", "German", "French", "Spanish"]), stepPercent: 4)
  static let toy = DemoOptions(
    first: ("Set", ["Starter", "Family", "Collector"]),
    second: ("Language", ["English", "German", "French"]), stepPercent: 0)
}

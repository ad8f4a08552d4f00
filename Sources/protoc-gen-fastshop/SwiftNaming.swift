import Protobuf

/// Converts names of .proto files to Swift names.
enum SwiftNaming {
  /// `product_id` becomes `productID`; keywords get back-ticks.
  static func property(_ name: String) -> String { escaped(lowerCamel(words(name))) }

  /// `GetProduct` becomes `getProduct`.
  static func method(_ name: String) -> String {
    let start = name.prefix { $0.isUppercase }
    guard start.count < name.count else { return escaped(name.lowercased()) }
    let lowered = start.count > 1 ? start.dropLast().lowercased() + start.suffix(1) : start.lowercased()
    return escaped(lowered + name.dropFirst(start.count))
  }

  /// `min_price` becomes `MinPrice`.
  static func type(_ name: String) -> String {
    words(name).map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// `STOCK_STATE_IN_STOCK` of the enum `StockState` becomes `inStock`.
  static func enumCase(_ name: String, of enumName: String) -> String {
    let whole = name.split(separator: "_").map { $0.lowercased() }
    var rest = whole[...]
    var prefix = ""
    let wanted = enumName.lowercased().filter { $0 != "_" }
    while prefix.count < wanted.count, let word = rest.first {
      prefix += word
      rest = rest.dropFirst()
    }
    let isPrefixed = prefix == wanted && rest.first?.first?.isLetter == true
    return escaped(lowerCamel(isPrefixed ? Array(rest) : whole), reserved: ["unrecognized", "rawValue", "knownCases"])
  }

  /// The name of a type at its declaration and after a dot: with back-ticks where Swift's grammar requires them.
  static func escapedType(_ name: String) -> String {
    keywords.contains(name) || ["Any", "Protocol", "Type"].contains(name) ? "`\(name)`" : name
  }

  /// The list of the files that a module is generated from: `CatalogAPI` has `catalogAPIFiles`.
  static func files(of module: String) -> String { method(module) + "Files" }

  /// The list of the services of a module: `CatalogAPI` has `catalogAPIServices`.
  static func services(of module: String) -> String { method(module) + "Services" }

  /// The name of the Swift file for a .proto file; unique within a module, as Swift requires.
  static func file(_ name: String) -> String {
    (name.hasSuffix(".proto") ? String(name.dropLast(6)) : name).replacing("/", with: "_")
  }

  private static func words(_ name: String) -> [String] { name.split(separator: "_").map(String.init) }

  private static func lowerCamel(_ words: [String]) -> String {
    words.enumerated().map { index, word in
      if index == 0 { return word.prefix(1).lowercased() + word.dropFirst() }
      return initialisms[word] ?? word.prefix(1).uppercased() + word.dropFirst()
    }.joined()
  }

  private static func escaped(_ name: String, reserved: Set<String> = ["storage", "descriptor"]) -> String {
    if name == "self" || name == "Self" || name == "Type" || reserved.contains(name) { return name + "Field" }
    return keywords.contains(name) ? "`\(name)`" : name
  }

  private static let initialisms = [
    "id": "ID", "ids": "IDs", "url": "URL", "urls": "URLs", "http": "HTTP", "https": "HTTPS",
  ]

  private static let keywords: Set<String> = [
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else",
    "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init",
    "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public", "repeat",
    "rethrows", "return", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
    "typealias", "var", "where", "while", "any", "some", "await", "async",
  ]
}

extension SwiftNaming {
  /// protoc's own rule for JSON names.
  static func jsonName(_ name: String) -> String { FieldLayout.camelCase(name, upperFirst: false) }

  /// protoc's own rule for the names of maps' entries.
  static func mapEntry(_ name: String) -> String { FieldLayout.camelCase(name, upperFirst: true) + "Entry" }
}

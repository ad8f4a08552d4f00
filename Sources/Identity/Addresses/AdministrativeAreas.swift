internal import UnicodeText

/// The regions of a country, by every name and code that the data has of them.
struct AdministrativeAreas: Sendable {
  private struct Area {
    /// Its code or its name, as addresses of the country have it.
    let key: String
    /// Its name in Latin letters, where the key has others.
    let latin: String?
    /// All of its names, folded.
    let names: [String]
  }

  private let areas: [Area]

  /// Reads a list of the data: areas parted by `~`, each its key, its Latin name and its other names, parted by `^`.
  init(_ list: Substring) {
    areas = list.split(separator: "~").map { text in
      let names = text.split(separator: "^", omittingEmptySubsequences: false).map(String.init)
      let latin = names.dropFirst().first.flatMap { $0.isEmpty ? nil : $0 }
      return Area(key: names.first ?? "", latin: latin, names: names.filter { !$0.isEmpty }.map(Self.folded))
    }
  }

  /// Whether the data lists any.
  var isEmpty: Bool { areas.isEmpty }

  /// All of them, as addresses have them.
  var all: [String] { areas.map(\.key) }

  /// The first of them.
  var first: String? { areas.first?.key }

  /// Examples that an error shows.
  var examples: String {
    areas.prefix(2).map { $0.latin ?? $0.key }.joined(separator: " or ")
  }

  /// The region that was typed, as addresses have it: by its code, its name or its Latin name, in any case, with
  /// accents or without; what its kind is called, such as "Province", may be left out. A Latin name stays Latin. Nil
  /// for others.
  func area(_ typed: String) -> String? {
    let folded = Self.folded(typed)
    guard !folded.isEmpty else { return nil }
    if let area = areas.first(where: { $0.names.contains(folded) }) { return written(area, folded) }
    let begun = areas.filter { area in area.names.contains { $0.hasPrefix(folded + " ") } }
    return begun.count == 1 ? begun.first.map { written($0, folded) } : nil
  }

  private func written(_ area: Area, _ folded: String) -> String {
    guard let latin = area.latin, area.names.first != folded else { return area.key }
    let isLatin = Self.folded(latin) == folded || Self.folded(latin).hasPrefix(folded + " ")
    return isLatin ? latin : area.key
  }

  /// Letters and digits without case and accents, and without the difference of ı and i; words parted by one blank.
  private static func folded(_ text: String) -> String {
    var folded = ""
    for scalar in text.nfkd.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .nonspacingMark where scalar.value < 0x500: continue
      case .dashPunctuation, .spaceSeparator, .otherPunctuation, .connectorPunctuation:
        if scalar != "'" && scalar != "’" && folded.last != " " { folded.append(" ") }
      default: folded.unicodeScalars.append(scalar == "ı" ? "i" : scalar)
      }
    }
    while folded.last == " " { folded.removeLast() }
    return folded.caseFolded
  }
}

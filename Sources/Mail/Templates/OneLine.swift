/// Sanitises text from strangers before it is quoted in an e-mail to another person.
enum OneLine {
  /// The maximum length in scalars; the rest is cut off.
  private static let scalarsMax = 200
  private static let nameScalarsMax = 60

  /// The text on one line: white space and control characters become single spaces.
  static func text(_ text: String) -> String {
    let words = text.unicodeScalars.prefix(scalarsMax).split { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator: true
      default: false
      }
    }
    return words.map { String($0) }.joined(separator: " ")
  }

  /// Whether a text is a name and no advertisement: letters and what joins them, nothing that a mail program would turn
  /// into a link.
  static func isPersonsName(_ text: String) -> Bool {
    guard !text.isEmpty, text.unicodeScalars.count <= nameScalarsMax else { return false }
    var previous: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      let isPart = scalar.properties.isAlphabetic || scalar.properties.generalCategory == .nonspacingMark
      // "Jr. " ends a word; "shop.example" is an address.
      guard isPart || " '’-.,".unicodeScalars.contains(scalar), !(previous == "." && isPart) else { return false }
      previous = scalar
    }
    return true
  }
}

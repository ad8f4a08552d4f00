/// The source of the requests of `fastshop call`.
enum RequestSource {
  /// The requests in an argument: JSON itself, or "-" for standard input. For a method that takes a stream, every line
  /// is a request.
  static func requests(_ argument: String, isStream: Bool) -> [String] {
    let text = argument == "-" ? standardInput() : argument
    guard isStream else { return [text] }
    return text.split(separator: "\n").map(String.init).filter { !$0.allSatisfy(\.isWhitespace) }
  }

  private static func standardInput() -> String {
    var text = ""
    while let line = readLine(strippingNewline: false) { text += line }
    return text
  }
}

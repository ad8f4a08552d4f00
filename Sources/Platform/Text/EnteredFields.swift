package import Protobuf

extension RequestCheck {
  /// Characters of a line of text, where nothing else is said.
  package static let lineCharactersMax = 100
  /// Characters of what a device is called.
  package static let deviceCharactersMax = 200

  /// A field with a line of text that people typed: see ``EnteredText``.
  package mutating func line(
    _ typed: Text, _ field: String, upTo charactersMax: Int = lineCharactersMax, isRequired: Bool = false
  ) -> String {
    self.typed(typed.string, field, upTo: charactersMax, .line, isRequired: isRequired)
  }

  /// A field with a note of several lines.
  package mutating func note(
    _ typed: Text, _ field: String, upTo charactersMax: Int, isRequired: Bool = false
  ) -> String {
    self.typed(typed.string, field, upTo: charactersMax, .lines, isRequired: isRequired)
  }

  /// A field with a person's display name.
  package mutating func displayName(_ typed: String, _ field: String) -> String {
    self.typed(typed, field, upTo: Self.lineCharactersMax, .line, isRequired: true)
  }

  /// A field with what a device is called.
  package mutating func device(_ typed: Text, _ field: String = "device", isRequired: Bool = false) -> String {
    self.typed(typed.string, field, upTo: Self.deviceCharactersMax, .line, isRequired: isRequired)
  }

  private mutating func typed(
    _ typed: String, _ field: String, upTo charactersMax: Int, _ shape: EnteredText.Shape, isRequired: Bool
  ) -> String {
    do throws(EnteredText.Fault) {
      let text = try EnteredText(typed, charactersMax: charactersMax, shape: shape).text
      if isRequired && text.isEmpty { refuse(field, "Must be set: 1 to \(charactersMax) characters.") }
      return text
    } catch {
      switch error {
      case .tooLong: refuse(field, "Must have at most \(charactersMax) characters.")
      case .unprintable: refuse(field, "Must have at most \(charactersMax) characters, all of them printable.")
      case .invisible: refuse(field, "Must have at least one visible character.")
      }
      return ""
    }
  }
}

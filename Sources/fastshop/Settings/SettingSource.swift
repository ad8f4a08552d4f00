/// The source of settings: the flag if given, else the environment variable, else the default.
struct SettingSource {
  let environment: [String: String]

  /// The setting's text and what the operator called it; nil when neither flag nor variable is set.
  /// A variable that is set but empty counts as not set, as in `FASTSHOP_LOOPS= fastshop serve`.
  private func text(_ flag: String, _ given: String?, _ variable: String) -> (name: String, text: String)? {
    if let given { return (flag, given) }
    guard let text = environment[variable], !text.isEmpty else { return nil }
    return (variable, text)
  }

  /// Something that is "on" or "off"; nil when it is not set.
  func isOn(flag: String, _ given: String?, variable: String) throws(SettingError) -> Bool? {
    try value(flag: flag, given, variable: variable, wanted: #""on" or "off""#) { ["on": true, "off": false][$0] }
  }

  /// The setting, read by `parse`; nil when it is not set. `wanted` completes "it must be …".
  func value<Value>(
    flag: String, _ given: String?, variable: String, wanted: String, isSecret: Bool = false,
    parse: (String) -> Value?
  ) throws(SettingError) -> Value? {
    guard let (name, text) = text(flag, given, variable) else { return nil }
    guard let value = parse(text) else {
      throw SettingError(name: name, value: isSecret ? nil : text, wanted: wanted)
    }
    return value
  }
}

/// A setting is invalid. The message says how to correct it.
struct SettingError: Error, Equatable, CustomStringConvertible {
  /// What the operator wrote it as: a flag such as "--loops", or a variable such as "FASTSHOP_LOOPS".
  let name: String
  /// The value, unless it may hold a secret.
  let value: String?
  /// What it would have to be, with an example.
  let wanted: String

  var description: String {
    guard let value else { return "\(name) must be \(wanted)." }
    return "\(name) is \"\(value)\", but it must be \(wanted)."
  }
}

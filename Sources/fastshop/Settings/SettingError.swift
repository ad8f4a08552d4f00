/// A setting is invalid. The message says how to correct it.
struct SettingError: Error, Equatable, CustomStringConvertible {
  /// The name that the operator used: a flag such as "--loops", or a variable such as "FASTSHOP_LOOPS".
  let name: String
  /// The value, unless it may hold a secret.
  let value: String?
  /// The expected form, with an example.
  let wanted: String

  var description: String {
    guard let value else { return "\(name) must be \(wanted)." }
    return "\(name) is \"\(value)\", but it must be \(wanted)."
  }
}

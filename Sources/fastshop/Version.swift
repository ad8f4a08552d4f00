/// The version of FastShop, for `fastshop --version`, log lines, metrics and spans.
enum Version {
  /// Follows Semantic Versioning; CHANGELOG.md says what came with which.
  static let text = "0.1.0"
}

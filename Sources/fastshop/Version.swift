/// The version of FastShop, for `fastshop --version`, log lines, metrics and spans.
enum Version {
  /// Follows Semantic Versioning; CHANGELOG.md lists the changes of each version.
  static let text = "0.1.0"
}

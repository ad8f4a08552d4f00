/// Which FastShop this is: `fastshop --version`, log lines, metrics and spans say it.
enum Version {
  /// Follows Semantic Versioning; CHANGELOG.md says what came with which.
  static let text = "0.1.0"
}

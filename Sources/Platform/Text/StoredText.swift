extension String {
  /// The text without control characters, cut to a maximum length in scalars. So `length()` of Postgres counts, which
  /// stores no U+0000.
  func withoutControls(scalarsMax: Int) -> String {
    String(String.UnicodeScalarView(unicodeScalars.lazy.filter { $0.value >= 0x20 }.prefix(scalarsMax)))
  }
}

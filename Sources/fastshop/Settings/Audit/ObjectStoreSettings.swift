import FoundationEssentials

/// The address and the credentials of an S3 object store: validated.
struct ObjectStoreSettings: Equatable, Sendable {
  private static let daysUsual = 90
  private static let daysMax = 36_500

  /// `https://host/bucket`, without a slash at the end.
  let bucketURL: String
  /// The host, with its port where it is not the usual one.
  let host: String
  /// The path of the bucket, with a slash at its beginning and none at its end.
  let path: String
  let region: String
  let keyID: String
  let secret: String
  /// The number of days for which objects cannot be removed.
  let retentionDays: Int

  /// A store that is known.
  init(url: String, host: String, path: String, region: String, keyID: String, secret: String, retentionDays: Int) {
    (bucketURL, self.host, self.path) = (url, host, path)
    (self.region, self.keyID, self.secret, self.retentionDays) = (region, keyID, secret, retentionDays)
  }

  /// Nil when there is none.
  init?(_ source: SettingSource) throws(SettingError) {
    let place = try source.value(
      flag: "", nil, variable: "FASTSHOP_AUDIT_STORE_URL",
      wanted: "a bucket such as https://s3.eu-central-1.amazonaws.com/audit-heads", parse: Self.place)
    guard let place else { return nil }
    (bucketURL, host, path) = place
    region = try Self.word("FASTSHOP_AUDIT_STORE_REGION", source) ?? "us-east-1"
    keyID = try Self.needed("FASTSHOP_AUDIT_STORE_KEY_ID", try Self.word("FASTSHOP_AUDIT_STORE_KEY_ID", source))
    let secret = try source.value(
      flag: "", nil, variable: "FASTSHOP_AUDIT_STORE_SECRET_FILE", wanted: "a file with the secret of the key id"
    ) { path in
      guard let data = try? Data(contentsOf: URL(filePath: path)) else { return String?.none }
      let text = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
      return text.isEmpty ? nil : text
    }
    self.secret = try Self.needed("FASTSHOP_AUDIT_STORE_SECRET_FILE", secret)
    retentionDays =
      try source.value(
        flag: "", nil, variable: "FASTSHOP_AUDIT_STORE_DAYS", wanted: "a whole number from 1 to \(Self.daysMax)"
      ) { Int($0).flatMap { (1...Self.daysMax).contains($0) ? $0 : nil } } ?? Self.daysUsual
  }

  private static func place(_ text: String) -> (String, String, String)? {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let url = URLComponents(string: text),
      url.scheme == "https" || url.scheme == "http", let host = url.host, !host.isEmpty, url.user == nil,
      url.query == nil, url.fragment == nil
    else { return nil }
    let path = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
    let named = path.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F: true
      default: false
      }
    }
    guard path.hasPrefix("/"), named else { return nil }
    // The form in the header field, which is signed.
    let usualPort = url.scheme == "https" ? 443 : 80
    let full = url.port.map { $0 == usualPort ? host : "\(host):\($0)" } ?? host
    return ("\(url.scheme ?? "https")://\(full)\(path)", full, path)
  }

  private static func word(_ variable: String, _ source: SettingSource) throws(SettingError) -> String? {
    try source.value(flag: "", nil, variable: variable, wanted: "a word of letters, digits, - and _") { text in
      text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x2C } ? text : nil
    }
  }

  private static func needed(_ variable: String, _ text: String?) throws(SettingError) -> String {
    guard let text else {
      throw SettingError(name: variable, value: nil, wanted: "set together with FASTSHOP_AUDIT_STORE_URL")
    }
    return text
  }
}

import Files
import FoundationEssentials

/// The variables that say where a bucket of an S3 object store is, and with which access key it is used.
struct BucketVariables {
  let url: String
  /// What completes "a bucket such as …".
  let example: String
  let region: String
  let keyID: String
  let secretFile: String
  /// Of the session token of a temporary key; nil where there are none.
  let tokenFile: String?
}

extension S3Bucket {
  private static let regionUsual = "us-east-1"

  /// The bucket that the variables name; nil when there is none.
  /// - Throws: the setting that is wrong or missing.
  init?(_ variables: BucketVariables, _ source: SettingSource) throws(SettingError) {
    let place = try source.value(
      flag: "", nil, variable: variables.url, wanted: "a bucket such as \(variables.example)", parse: Self.place)
    guard let place else { return nil }
    let keyID = try Self.word(variables.keyID, source)
    let secret = try Self.file(variables.secretFile, "a file with the secret of the key id", source)
    var token: String?
    if let tokenFile = variables.tokenFile {
      token = try Self.file(tokenFile, "a file with the session token of the key id", source)
    }
    self.init(
      url: place.url, host: place.host, path: place.path,
      region: try Self.word(variables.region, source) ?? Self.regionUsual,
      keyID: try Self.needed(variables.keyID, keyID, with: variables),
      secret: try Self.needed(variables.secretFile, secret, with: variables), sessionToken: token)
  }

  private static func place(_ text: String) -> (url: String, host: String, path: String)? {
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

  /// The content of the file that a variable names, without white space.
  private static func file(
    _ variable: String, _ wanted: String, _ source: SettingSource
  ) throws(SettingError) -> String? {
    try source.value(flag: "", nil, variable: variable, wanted: wanted) { path in
      guard let data = try? Data(contentsOf: URL(filePath: path)) else { return String?.none }
      let text = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
      return text.isEmpty ? nil : text
    }
  }

  private static func needed(
    _ variable: String, _ text: String?, with variables: BucketVariables
  ) throws(SettingError) -> String {
    guard let text else { throw SettingError(name: variable, value: nil, wanted: "set together with \(variables.url)") }
    return text
  }
}

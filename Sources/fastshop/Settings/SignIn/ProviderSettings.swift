import FoundationEssentials
import Identity

/// The providers for sign-in, from the environment alone: each provider has variables with its key in their names.
extension ExternalSignInSettings {
  private static let list = "FASTSHOP_OIDC_PROVIDERS"
  private static let keyLettersMax = 40

  /// Checked, so that nothing below has to doubt it.
  init(_ source: SettingSource) throws(SettingError) {
    self.init()
    let keys = try source.value(
      flag: "", nil, variable: Self.list,
      wanted: "the keys of up to \(Self.providersMax) providers, such as google,acme: letters, digits and hyphens",
      parse: Self.keys)
    for key in keys ?? [] { providers.append(try ProviderSettings(key: key, source)) }
    guard Set(providers.map(\.issuer)).count == providers.count else {
      throw SettingError(name: Self.list, value: keys?.joined(separator: ","), wanted: "a list of distinct issuers")
    }
    redirects =
      try source.value(
        flag: "", nil, variable: "FASTSHOP_OIDC_REDIRECTS",
        wanted: "URLs such as https://shop.example/signed-in, comma-separated; http for this machine only"
      ) { text in
        let uris = text.split(separator: ",").map(String.init)
          .map { WebURL($0, schemes: ["http", "https"])?.text ?? $0 }
        return uris.count <= Self.redirectsMax && uris.allSatisfy(ProviderURL.isRedirect) ? uris : nil
      } ?? []
    guard providers.isEmpty || !redirects.isEmpty else {
      throw SettingError(name: "FASTSHOP_OIDC_REDIRECTS", value: nil, wanted: "set when there are providers")
    }
    authorityPath = try source.value(
      flag: "", nil, variable: "FASTSHOP_OIDC_AUTHORITY", wanted: "the path of a PEM file"
    ) { $0.contains("\0") ? nil : $0 }
  }

  private static func keys(_ text: String) -> [String]? {
    let keys = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let areKeys = keys.allSatisfy { key in
      (1...keyLettersMax).contains(key.utf8.count)
        && key.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
    }
    return areKeys && Set(keys).count == keys.count && keys.count <= providersMax ? keys : nil
  }
}

extension ProviderSettings {
  private static let googleKey = "google"
  private static let googleIssuer = "https://accounts.google.com"
  private static let nameLettersMax = 50
  private static let textBytesMax = 500
  private static let secretFileBytesMax = 4_096

  /// The provider whose variables begin with `FASTSHOP_OIDC_` and its key.
  fileprivate init(key: String, _ source: SettingSource) throws(SettingError) {
    func variable(_ ending: String) -> String { KnownVariables.variable(ofProvider: key, ending) }
    func value<Value>(
      _ name: String, _ wanted: String, isSecret: Bool = false, _ parse: (String) -> Value?
    ) throws(SettingError) -> Value? {
      try source.value(
        flag: "", nil, variable: variable(name), wanted: wanted, isSecret: isSecret, parse: parse)
    }
    func needed(_ name: String, _ found: String?) throws(SettingError) -> String {
      guard let found else {
        throw SettingError(name: variable(name), value: nil, wanted: "set: FASTSHOP_OIDC_PROVIDERS contains \(key)")
      }
      return found
    }
    let isGoogle = key == Self.googleKey
    let issuer = try value("ISSUER", "the provider's https issuer URL, as in its tokens; http for this machine only") {
      WebURL($0, schemes: ["http", "https"]).flatMap { ProviderURL.isIssuer($0.text) ? $0.text : nil }
    }
    let name = try value("NAME", "a display name of up to \(Self.nameLettersMax) characters") {
      $0.count <= Self.nameLettersMax ? $0 : nil
    }
    let clientID = try value("CLIENT_ID", "the client id at the provider", Self.plain)
    let inFile = try value("CLIENT_SECRET_FILE", "a file with the client secret on its only line", Self.secret(in:))
    let secret = try value("CLIENT_SECRET", "the client secret at the provider", isSecret: true, Self.plain)
    self.init(
      key: key, displayName: name ?? (isGoogle ? "Google" : key),
      issuer: try needed("ISSUER", issuer ?? (isGoogle ? Self.googleIssuer : nil)),
      clientID: try needed("CLIENT_ID", clientID), clientSecret: secret ?? inFile)
    scopes = try value("SCOPES", "scopes separated by blanks, including openid", Self.scopes) ?? scopes
    otherAudiences =
      try value("OTHER_AUDIENCES", "names, comma-separated") {
        $0.utf8.count <= Self.textBytesMax ? $0.split(separator: ",").map(String.init) : nil
      } ?? []
    let choices = Linking.allCases.map(\.rawValue).joined(separator: ", ")
    linking = try value("LINKING", "one of \(choices)", Linking.init(rawValue:)) ?? (isGoogle ? .hosted : .never)
  }

  private static func plain(_ text: String) -> String? {
    text.utf8.count <= textBytesMax && text.utf8.allSatisfy { (0x20...0x7e).contains($0) } ? text : nil
  }

  private static func secret(in path: String) -> String? {
    guard let bytes = try? Data(contentsOf: URL(filePath: path)), bytes.count <= secretFileBytesMax else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    return lines.count == 1 ? plain(String(lines[0])) : nil
  }

  private static func scopes(_ text: String) -> [String]? {
    let scopes = text.split(separator: " ").map(String.init)
    return scopes.contains("openid") && plain(text) != nil ? scopes : nil
  }
}

import RPC

/// The server's certificate and its trust in clients: validated, except for the content of files.
struct TLSSettings: Equatable, Sendable {
  /// The operator's certificate; nil for the development certificate.
  let identity: TLSIdentity?
  let minimumVersion: TLSVersion
  /// Nil asks no client for a certificate.
  let clients: ClientVerification?

  init(_ options: TLSOptions, _ source: SettingSource) throws(SettingError) {
    identity = try Self.identity(options, source)
    minimumVersion =
      try source.value(
        flag: "--tls-min-version", options.tlsMinVersion, variable: "FASTSHOP_TLS_MIN_VERSION", wanted: "1.2 or 1.3"
      ) { ["1.2": .v1_2, "1.3": .v1_3][$0] } ?? .v1_3
    clients = try Self.clients(options, source)
  }

  /// The TLS versions, for messages.
  var versions: String { minimumVersion == .v1_3 ? "TLS 1.3" : "TLS 1.2 and 1.3" }

  private static func identity(_ options: TLSOptions, _ source: SettingSource) throws(SettingError) -> TLSIdentity? {
    let chain = try path("--tls-certificate", options.tlsCertificate, "FASTSHOP_TLS_CERTIFICATE", source)
    let key = try path("--tls-key", options.tlsKey, "FASTSHOP_TLS_KEY", source)
    switch (chain, key) {
    case (nil, nil): return nil
    case (let chain?, let key?): return TLSIdentity(certificateChainPath: chain, privateKeyPath: key)
    case (nil, _?):
      throw SettingError(name: "--tls-certificate", value: nil, wanted: "given together with --tls-key")
    case (_?, nil):
      throw SettingError(name: "--tls-key", value: nil, wanted: "given together with --tls-certificate")
    }
  }

  private static func clients(
    _ options: TLSOptions, _ source: SettingSource
  ) throws(SettingError) -> ClientVerification? {
    let authority = try path(
      "--tls-client-authority", options.tlsClientAuthority, "FASTSHOP_TLS_CLIENT_AUTHORITY", source)
    let strictness: ClientVerification.Strictness? = try source.value(
      flag: "--tls-client-certificates", options.tlsClientCertificates, variable: "FASTSHOP_TLS_CLIENT_CERTIFICATES",
      wanted: #""required" or "optional""#
    ) { ["required": .required, "optional": .optional][$0] }
    let revocations = try path(
      "--tls-client-revocations", options.tlsClientRevocations, "FASTSHOP_TLS_CLIENT_REVOCATIONS", source)
    guard let authority else {
      if strictness == nil && revocations == nil { return nil }
      throw SettingError(
        name: "--tls-client-authority", value: nil, wanted: "given with the other settings of client certificates")
    }
    return ClientVerification(
      authorityPath: authority, strictness: strictness ?? .required, revocationsPath: revocations)
  }

  private static func path(
    _ flag: String, _ given: String?, _ variable: String, _ source: SettingSource
  ) throws(SettingError) -> String? {
    try source.value(flag: flag, given, variable: variable, wanted: "the path of a PEM file") {
      $0.isEmpty ? nil : $0
    }
  }
}

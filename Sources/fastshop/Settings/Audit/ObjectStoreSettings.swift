import Files

/// The object store for the heads of the audit log: validated.
struct ObjectStoreSettings: Equatable, Sendable {
  private static let daysUsual = 90
  private static let daysMax = 36_500
  private static let variables = BucketVariables(
    url: "FASTSHOP_AUDIT_STORE_URL", example: "https://s3.eu-central-1.amazonaws.com/audit-heads",
    region: "FASTSHOP_AUDIT_STORE_REGION", keyID: "FASTSHOP_AUDIT_STORE_KEY_ID",
    secretFile: "FASTSHOP_AUDIT_STORE_SECRET_FILE", tokenFile: nil)

  let bucket: S3Bucket
  /// The number of days for which objects cannot be removed.
  let retentionDays: Int

  /// Nil when there is none.
  init?(_ source: SettingSource) throws(SettingError) {
    guard let bucket = try S3Bucket(Self.variables, source) else { return nil }
    self.bucket = bucket
    retentionDays =
      try source.value(
        flag: "", nil, variable: "FASTSHOP_AUDIT_STORE_DAYS", wanted: "a whole number from 1 to \(Self.daysMax)"
      ) { Int($0).flatMap { (1...Self.daysMax).contains($0) ? $0 : nil } } ?? Self.daysUsual
  }
}

import FoundationEssentials
import Identity

/// All settings of `serve`: validated.
struct ShopSettings: Sendable {
  let serve: ServeSettings
  let database: DatabaseSettings
  let telemetry: TelemetrySettings
  let mail: MailSettings
  let limits: LimitSettings
  let identity: IdentitySettings
  let audit: AuditSettings
  /// Nil unless an empty shop is to be filled first.
  let demo: DemoSeeding?
}

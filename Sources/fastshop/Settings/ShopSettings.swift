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
  let images: ImageSettings
  /// The demo shop with which an empty database is filled first; nil for none.
  let demo: DemoSeeding?
}

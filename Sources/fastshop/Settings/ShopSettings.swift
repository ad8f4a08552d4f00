import FoundationEssentials
import Identity

/// All that `serve` is told: checked, so that nothing below has to doubt it.
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

internal import Platform
internal import Postgres
internal import Security

/// Reports a sign-in from a device that the account has not used, as far as its sessions are stored. A device is
/// identified by its name: IP addresses change too often.
struct NewDevice {
  let account: Account
  let device: DeviceInfo
  let now: Instant

  /// Reports the new device and notifies the owner, before the session begins. The first sign-in of an account is not
  /// reported.
  func notice(_ mailer: any AccountMailer, _ work: Work) async throws {
    guard try await isNew(work) else { return }
    work.report(
      SecurityEventReport(.newDevice, user: account.id, address: device.address, device: device.name))
    try await mailer.send(
      .newDevice(device: device.name, address: device.address, at: now), to: account.emailRecipient, in: work)
  }

  private func isNew(_ work: Work) async throws -> Bool {
    let rows = try await work.rows(
      """
      SELECT count(*) > 0 AS has_any, coalesce(bool_or(s.device = \(device.name)), false) AS is_known
        FROM identity.session s
       WHERE s.user_id = \(account.id)
      """)
    guard let row = rows.first else { return false }
    return try row.bool("has_any") && !row.bool("is_known")
  }
}

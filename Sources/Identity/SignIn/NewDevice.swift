internal import Platform
internal import Postgres
internal import Security

/// Somebody signs in from a device that the account has not been seen on, as far as its sessions are remembered. Devices
/// are known by what they call themselves: addresses change too often to be worth a mail.
struct NewDevice {
  let account: Account
  let device: DeviceInfo
  let now: Instant

  /// Reports it, and writes to the account's owner, before the session is opened. An account's first sign-in is nothing
  /// to write about.
  func notice(_ mailer: any AccountMailer, _ transaction: Transaction) async throws {
    guard try await isNew(transaction) else { return }
    try await transaction.report(
      SecurityEventReport(.newDevice, user: account.id, address: device.address, device: device.name))
    try await mailer.send(
      .newDevice(device: device.name, address: device.address, at: now), to: account.emailRecipient, in: transaction)
  }

  private func isNew(_ transaction: Transaction) async throws -> Bool {
    let rows = try await transaction.rows(
      """
      SELECT count(*) > 0 AS has_any, coalesce(bool_or(s.device = \(device.name)), false) AS is_known
        FROM identity.session s
       WHERE s.user_id = \(account.id)
      """)
    guard let row = rows.first else { return false }
    return try row.bool("has_any") && !row.bool("is_known")
  }
}

internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import TaxesAPI

/// The check of one tax number.
struct TaxNumberChecking {
  /// So long a registered number counts as such.
  static let registeredLifetime: Duration = .seconds(24 * 3_600)
  /// So long another one counts as not registered: it may be registered at any time.
  static let otherLifetime: Duration = .seconds(3_600)

  private let plain: String
  private let number: Result<TaxNumber, TaxNumber.Fault>

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: CheckTaxNumberRequest) throws {
    var check = RequestCheck()
    plain = check.plainTaxNumber(request.taxNumber, "tax_number")
    check.require(!request.taxNumber.isEmpty, "tax_number", "Must be set.")
    try check.verify()
    do throws(TaxNumber.Fault) { number = .success(try TaxNumber(plain)) } catch { number = .failure(error) }
  }

  /// What is known of the number. The service is asked outside of any transaction.
  func carryOut(_ call: Call, asking service: TaxNumberService?, at now: Instant) async throws -> TaxNumberCheck {
    let result = TaxNumberCheck(in: call.arena)
    switch number {
    case .failure(let fault):
      result.taxNumber = call.arena.text(plain)
      result.status = fault == .malformed ? .malformed : .wrongCheckDigits
    case .success(let number):
      result.taxNumber = call.arena.text(number.text)
      result.status = .notChecked
      if let known = try await remembered(number, call, at: now) {
        known.show(in: result)
      } else if let isRegistered = await service?.isRegistered(number) {
        let known = CheckedNumber(isRegistered, at: now)
        try await call.work { work in try await known.remember(number, in: work) }
        known.show(in: result)
      }
    }
    return result
  }

  private func remembered(_ number: TaxNumber, _ call: Call, at now: Instant) async throws -> CheckedNumber? {
    let rows = try await call.database.rows(CheckedNumber.query(number.text, at: now))
    return try rows.first.map { row in
      CheckedNumber(
        isRegistered: try row.bool("is_registered"), checked: try row.instant("checked_at"),
        expires: try row.instant("expires_at"))
    }
  }
}

/// What the authorities said of a number.
struct CheckedNumber {
  let isRegistered: Bool
  let checked: Instant
  let expires: Instant

  /// Deletes what has expired.
  static let chore = Chore("taxes.expired-numbers", "35 * * * *") { database in
    try await database.execute(
      .deletingBatch(of: "taxes.checked_number", where: "old.expires_at < platform.retention_time()"))
  }

  static func query(_ number: String, at now: Instant) -> Query {
    """
    SELECT c.is_registered, c.checked_at, c.expires_at
      FROM taxes.checked_number c
     WHERE c.tax_number = \(number) AND c.expires_at > \(now)
    """
  }

  func remember(_ number: TaxNumber, in work: Work) async throws {
    try await work.execute(
      """
      INSERT INTO taxes.checked_number AS c (tax_number, is_registered, checked_at, expires_at)
      VALUES (\(number.text), \(isRegistered), \(checked), \(expires))
          ON CONFLICT ON CONSTRAINT checked_number_pkey
          DO UPDATE SET is_registered = excluded.is_registered, checked_at = excluded.checked_at,
                        expires_at = excluded.expires_at
           WHERE c.checked_at < excluded.checked_at
      """)
  }

  func show(in result: TaxNumberCheck) {
    result.status = isRegistered ? .registered : .notRegistered
    result.checkTime = checked.timestamp(in: result.storage.arena)
    result.expireTime = expires.timestamp(in: result.storage.arena)
  }
}

extension CheckedNumber {
  init(_ isRegistered: Bool, at now: Instant) {
    let lifetime = isRegistered ? TaxNumberChecking.registeredLifetime : TaxNumberChecking.otherLifetime
    self.init(isRegistered: isRegistered, checked: now, expires: now + lifetime)
  }
}

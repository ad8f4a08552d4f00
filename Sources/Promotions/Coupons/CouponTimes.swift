internal import Platform
internal import PromotionsAPI
internal import Protobuf

/// When a coupon can be used: by the clocks of a zone, and the moments of that.
struct CouponTimes: Equatable {
  private static let wanted = "Must be a time such as 2026-12-24T18:00, or empty."

  private(set) var startLocal: String?
  private(set) var endLocal: String?
  private(set) var zone: String?
  private(set) var start: Instant?
  private(set) var end: Instant?

  /// Always.
  init() {}

  /// Reads a field of a request, and notes what is wrong.
  init(_ validity: CouponValidity, _ field: String, _ check: inout RequestCheck) {
    let name = validity.timeZone.isEmpty ? CronZone.utc.name : validity.timeZone.string
    guard let zone = CronZone(name) else {
      check.refuse("\(field).time_zone", "Must be a zone of the tz database, such as Europe/Berlin.")
      return
    }
    if !validity.startLocal.isEmpty {
      startLocal = validity.startLocal.string
      start = LocalTime(validity.startLocal.string)?.moments(in: zone)?.first
      check.require(start != nil, "\(field).start_local", Self.wanted)
    }
    if !validity.endLocal.isEmpty {
      endLocal = validity.endLocal.string
      end = LocalTime(validity.endLocal.string)?.moments(in: zone)?.last
      check.require(end != nil, "\(field).end_local", Self.wanted)
    }
    if startLocal != nil || endLocal != nil { self.zone = name }
    if let start, let end { check.require(start < end, "\(field).end_local", "Must be later than start_local.") }
  }
}

import Foundation
import Testing

@testable import Platform

@Suite struct CronTests {
  private static func instant(_ text: String) throws -> Instant {
    let date = try Date(text, strategy: .iso8601)
    return try #require(Instant(seconds: Int64(date.timeIntervalSince1970)))
  }

  private static func times(_ cron: String, _ zone: String) throws -> CronTimes {
    CronTimes(try CronExpression(cron), in: try #require(CronZone(zone)))
  }

  private struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let cron: String
    let zone: String
    let after: String
    let runs: [String]

    init(_ name: String, _ cron: String, _ zone: String, after: String, _ runs: String...) {
      self.name = name
      self.cron = cron
      self.zone = zone
      self.after = after
      self.runs = runs
    }

    var testDescription: String { name }
  }

  private static let cases: [Case] = [
    Case(
      "every minute", "* * * * *", "UTC", after: "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z",
      "2026-01-01T00:02:00Z"),
    Case("a second before", "0 0 * * *", "UTC", after: "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"),
    Case(
      "steps and lists", "*/20,5 8-18/5 * * *", "UTC", after: "2026-01-01T08:05:00Z", "2026-01-01T08:20:00Z",
      "2026-01-01T08:40:00Z", "2026-01-01T13:00:00Z"),
    Case(
      "a step from a number", "50/5 * * * *", "UTC", after: "2026-01-01T00:51:00Z", "2026-01-01T00:55:00Z",
      "2026-01-01T01:50:00Z"),
    Case(
      "names", "0 9 * Feb mon-wed", "UTC", after: "2026-01-15T00:00:00Z", "2026-02-02T09:00:00Z",
      "2026-02-03T09:00:00Z", "2026-02-04T09:00:00Z", "2026-02-09T09:00:00Z"),
    Case("sunday is 0", "0 0 * * 0", "UTC", after: "2026-03-04T00:00:00Z", "2026-03-08T00:00:00Z"),
    Case("sunday is 7", "0 0 * * 7", "UTC", after: "2026-03-04T00:00:00Z", "2026-03-08T00:00:00Z"),
    Case(
      "either day", "0 0 13 * fri", "UTC", after: "2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z",
      "2026-03-13T00:00:00Z", "2026-03-20T00:00:00Z"),
    Case(
      "the 31st", "0 0 31 * *", "UTC", after: "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"),
    Case("a leap day", "0 12 29 2 *", "UTC", after: "2026-01-01T00:00:00Z", "2028-02-29T12:00:00Z"),
    Case(
      "a leap day after a century without one", "0 12 29 2 *", "UTC", after: "2096-03-01T00:00:00Z",
      "2104-02-29T12:00:00Z"),
    Case("before 1970", "0 0 * * mon", "UTC", after: "1969-12-28T12:00:00Z", "1969-12-29T00:00:00Z"),
    Case(
      "in Berlin", "0 3 * * *", "Europe/Berlin", after: "2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z",
      "2026-01-02T02:00:00Z"),
    Case(
      "a skipped time runs after", "30 2 * * *", "Europe/Berlin", after: "2026-03-28T12:00:00Z",
      "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"),
    Case(
      "several skipped times run once", "*/10 2 * * *", "Europe/Berlin", after: "2026-03-28T01:50:00Z",
      "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"),
    Case(
      "a repeated time runs once, the first time", "30 2 * * *", "Europe/Berlin", after: "2026-10-24T12:00:00Z",
      "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
    Case(
      "every half hour keeps its interval when clocks go forward", "*/30 * * * *", "Europe/Berlin",
      after: "2026-03-29T00:15:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"),
    Case(
      "every half hour keeps its interval when clocks go back", "*/30 * * * *", "Europe/Berlin",
      after: "2026-10-24T23:45:00Z", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z",
      "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"),
    Case(
      "in New York", "30 2 * * *", "America/New_York", after: "2026-03-07T12:00:00Z", "2026-03-08T07:30:00Z",
      "2026-03-09T06:30:00Z"),
    Case(
      "midnight is skipped in Beirut", "0 0 * * *", "Asia/Beirut", after: "2026-03-28T12:00:00Z",
      "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"),
    Case(
      "half an hour on Lord Howe", "15 2 * * *", "Australia/Lord_Howe", after: "2026-10-02T20:00:00Z",
      "2026-10-03T15:45:00Z", "2026-10-04T15:15:00Z"),
    Case(
      "a quarter of an hour in Kathmandu", "0 0 * * *", "Asia/Kathmandu", after: "2026-01-01T00:00:00Z",
      "2026-01-01T18:15:00Z"),
    Case(
      "far ahead on Kiritimati", "0 0 1 1 *", "Pacific/Kiritimati", after: "2026-06-01T00:00:00Z",
      "2026-12-31T10:00:00Z"),
    Case(
      "a day that Samoa skipped", "0 12 30 12 *", "Pacific/Apia", after: "2011-06-01T00:00:00Z",
      "2011-12-30T22:00:00Z", "2012-12-29T22:00:00Z"),
  ]

  @Test(arguments: cases)
  private func `a schedule runs at the times of its expression`(_ row: Case) throws {
    let times = try Self.times(row.cron, row.zone)
    var last = try Self.instant(row.after)
    for run in row.runs {
      last = times.next(after: last)
      #expect(last == (try Self.instant(run)), "\(last.forPeople), not \(run)")
    }
  }

  /// Over ten years of clock changes, a daily job runs once on each day of its zone, and times only grow.
  @Test(arguments: ["Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Australia/Lord_Howe", "Africa/Casablanca"])
  func `a daily job runs every day`(zone: String) throws {
    let times = try Self.times("30 2 * * *", zone)
    let begin = try Self.instant("2010-01-01T00:00:00Z")
    let end = try Self.instant("2020-01-01T00:00:00Z")
    var (last, count) = (begin, 0)
    while case let next = times.next(after: last), next < end {
      #expect(next > last && next - last <= .seconds(26 * 3_600))
      (last, count) = (next, count + 1)
    }
    #expect(count == 3_652)
  }

  @Test(arguments: [
    "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8",
    "5-1 * * * *", "*/0 * * * *", "a * * * *", "1, * * * *", "-1 * * * *", "1-2-3 * * * *", "* * * foo *",
    "99999999999999999999 * * * *", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "*/x * * * *", "+1 * * * *",
  ])
  func `what is no expression is refused`(_ text: String) {
    #expect(throws: CronExpression.Failure.self) { try CronExpression(text) }
  }

  @Test func `what is no zone is refused`() {
    #expect(CronZone("Europe/Atlantis") == nil)
    #expect(CronZone("UTC") != nil)
  }
}

/// Enqueues a job at the times of a calendar. All servers together enqueue one for each time. A job that still waits or
/// runs takes the place of the next one, and so does one job of the times that were missed while no server ran.
package struct JobSchedule: Sendable {
  /// The name in the database.
  package let name: String
  /// The times.
  package let times: CronTimes
  /// The job for a time.
  let job: @Sendable (Instant) throws(JobError) -> NewJob

  /// A schedule of jobs of a kind; `payload` makes a payload for a time.
  /// - Throws: `CronExpression.Failure`.
  package init<Kind: JobKind>(
    _ name: String, _ cron: String, in zone: CronZone = .utc, _ kind: Kind.Type,
    payload: @escaping @Sendable (Instant) -> Kind.Payload
  ) throws(CronExpression.Failure) {
    self.init(name: name, times: CronTimes(try CronExpression(cron), in: zone)) { time throws(JobError) in
      try kind.job(payload(time), key: .whileNotEnded("schedule \(name)"))
    }
  }

  init(name: String, times: CronTimes, job: @escaping @Sendable (Instant) throws(JobError) -> NewJob) {
    self.name = name
    self.times = times
    self.job = job
  }
}

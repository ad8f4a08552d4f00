/// How the jobs of a kind run.
package struct JobPolicy: Sendable, Equatable {
  /// The least ``lease``: a renewal takes some time.
  package static let leaseMin: Duration = .seconds(1)

  /// The maximum number of jobs of the kind that run at the same time on one server.
  package var concurrency = 10
  /// The same over all servers; nil for no such limit. Taking such jobs is slower, because servers take turns.
  package var concurrencyOfAll: Int?
  /// An attempt that takes longer is cancelled, and has failed.
  package var timeLimit: Duration = .seconds(60)
  /// A server that has not renewed its hold on a job for this time has lost it to the next server. At least
  /// ``leaseMin``.
  package var lease: Duration = .seconds(30)
  /// When failed attempts are repeated, and how often.
  package var backoff = JobBackoff()
  /// Whether a job that is done is kept for a day, to be looked at, or deleted at once.
  package var isKeptWhenDone = true

  /// The usual policy.
  package init() {}

  /// The usual policy with changes.
  package init(_ change: (inout JobPolicy) -> Void) { change(&self) }
}

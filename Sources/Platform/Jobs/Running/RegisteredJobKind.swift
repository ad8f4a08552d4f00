internal import EventLoop
internal import FoundationEssentials

/// A kind of job whose payload's type is not known at compile time.
struct RegisteredJobKind: Sendable {
  let name: String
  let policy: JobPolicy
  private let attempt: @Sendable (String, JobContext) async throws -> Void

  init(_ kind: some JobKind) {
    name = type(of: kind).name
    policy = kind.policy
    attempt = { payload, context in try await kind.runDecoding(payload, context) }
  }

  /// A kind without a payload.
  init(
    name: String, policy: JobPolicy, _ run: @escaping @Sendable (JobContext) async throws -> Void
  ) {
    self.name = name
    self.policy = policy
    attempt = { _, context in try await run(context) }
  }

  /// Makes one attempt.
  func run(_ job: TakenJob, _ context: JobContext) async -> JobResult {
    if job.isCancelled { return .cancelled }
    if job.failures >= policy.backoff.failuresMax {
      return .hopeless("no attempt came to an end" + (job.lastError.isEmpty ? "" : "; before: \(job.lastError)"))
    }
    // After a pause of the process, another server may have taken the job.
    guard context.holdsLease else { return .lost }
    do {
      try await attempt(job.payload, context)
      return .succeeded
    } catch {
      if let end = context.end { return end }
      switch error {
      case JobFailure.never(let reason): return .hopeless(reason)
      case JobFailure.later(let reason): return .failed(reason)
      case JobFailure.interrupted: return .interrupted
      case JobError.leaseLost: return .lost
      default: return .failed("\(error)")
      }
    }
  }
}

extension JobKind {
  fileprivate func runDecoding(_ payload: String, _ context: JobContext) async throws {
    let decoded: Payload
    do {
      decoded = try JSONDecoder().decode(Payload.self, from: Data(payload.utf8))
    } catch {
      throw JobFailure.never("the payload cannot be read: \(error)")
    }
    try await run(decoded, context)
  }
}

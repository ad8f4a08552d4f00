internal import FoundationEssentials

/// A kind of job: its name, what it is about, how it runs, and the code that runs it.
package protocol JobKind: Sendable {
  /// What a job is about: ids and options, at most ``NewJob/payloadBytesMax`` bytes as JSON. It holds no secrets.
  associatedtype Payload: Codable & Sendable

  /// The name in the database: `mail.send`. It never changes while jobs of the kind exist.
  static var name: String { get }

  /// How its jobs run.
  static var policy: JobPolicy { get }

  /// How its jobs run where that depends on the settings of a server; usually the same.
  var policy: JobPolicy { get }

  /// Does the work. It may run more than once for a job, so its effect must be the same then: see ``JobContext``.
  ///
  /// Throwing ``JobFailure/never(_:)`` gives the job up; any other error is a failed attempt.
  func run(_ payload: Payload, _ context: JobContext) async throws
}

extension JobKind {
  /// The usual policy.
  package static var policy: JobPolicy { JobPolicy() }

  /// The policy of the kind.
  package var policy: JobPolicy { Self.policy }

  /// A job of this kind, to be enqueued.
  /// - Parameters:
  ///   - payload: what it is about.
  ///   - id: its id; a new one if it is nil.
  ///   - key: what makes it unique among the jobs of its kind; nil for nothing.
  ///   - priority: its rank among the due jobs of its kind.
  ///   - dueAt: the time before which it does not run; nil for the time of the transaction.
  /// - Throws: ``JobError``.
  package static func job(
    _ payload: Payload, id: ID? = nil, key: JobKey? = nil, priority: JobPriority = .normal, dueAt: Instant? = nil
  ) throws(JobError) -> NewJob {
    guard let bytes = try? JSONEncoder().encode(payload) else { throw .payloadNotEncodable(kind: name) }
    guard bytes.count <= NewJob.payloadBytesMax else { throw .payloadTooLarge(kind: name, bytes: bytes.count) }
    if let keyBytes = key?.text.utf8.count, !(1...JobKey.bytesMax).contains(keyBytes) {
      throw .keyOutOfBounds(kind: name, bytes: keyBytes)
    }
    return NewJob(
      id: id ?? .made(at: .now), kind: name, payload: String(decoding: bytes, as: UTF8.self), key: key,
      priority: priority, dueAt: dueAt)
  }
}

/// Why an attempt failed, in a sentence for operators. No caller sees it.
package enum JobFailure: Error, Sendable, Equatable {
  /// Another attempt may succeed.
  case later(String)
  /// No attempt will succeed: the job is given up.
  case never(String)
  /// The server stops before the attempt has ended, and gives the job back.
  case interrupted
}

/// A mistake with jobs.
package enum JobError: Error, Sendable, Equatable {
  /// The payload is larger than ``NewJob/payloadBytesMax``.
  case payloadTooLarge(kind: String, bytes: Int)
  /// The payload has no form in JSON.
  case payloadNotEncodable(kind: String)
  /// The key is empty, or longer than ``JobKey/bytesMax``.
  case keyOutOfBounds(kind: String, bytes: Int)
  /// The lease has expired and another server has taken the job: the transaction must not be committed.
  case leaseLost(ID)
}

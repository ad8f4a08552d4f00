import ArgumentParser
import EventLoop
import Platform
import Postgres

/// `fastshop jobs`: the queue of jobs.
struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "List, retry and cancel jobs, and list and run schedules.",
    subcommands: [List.self, Show.self, Retry.self, Cancel.self, Schedules.self, Run.self])

  private static func ids(_ texts: [String]) throws -> [ID] {
    try texts.map { text in
      guard let id = ID(text) else { throw ValidationError("\(text) is not the id of a job.") }
      return id
    }
  }

  /// `fastshop jobs list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "List the newest jobs, \(JobAdministration.pageMax) at most.")

    @Option(help: "Only jobs in this state: \(JobState.allCases.map(\.rawValue).joined(separator: ", ")).")
    var state: String?

    @Option(help: "Only jobs of this kind.")
    var kind: String?

    @Option(help: "The maximum number of jobs.")
    var limit = JobAdministration.pageMax

    @OptionGroup(title: "Database")
    var database: DatabaseOptions

    @OptionGroup(title: "Logs")
    var logs: LogOptions

    func validate() throws {
      if let state, JobState(rawValue: state) == nil { throw ValidationError("\(state) is not a state of a job.") }
    }

    func run() async throws {
      let (state, kind, limit) = (state.flatMap { JobState(rawValue: $0) }, kind, limit)
      try await DatabaseTask(database, logs).run { database, loop, _ in
        let jobs = try await database.use(on: loop) {
          try await JobAdministration.list(state: state, kind: kind, limit: limit, $0)
        }
        for job in jobs {
          let reason = job.lastError.isEmpty ? "" : ": \(job.lastError)"
          let when = job.endedAt.isEmpty ? "due \(job.dueAt)" : job.endedAt
          StandardStream.output.write(
            "\(job.id)  \(job.kind)  \(job.state)  \(when)  \(job.failures) failures\(reason)\n")
        }
      }
    }
  }

  /// `fastshop jobs show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show everything about a job.")

    @Argument(help: "The job's id, as `list` lists it.")
    var id: String

    @OptionGroup(title: "Database")
    var database: DatabaseOptions

    @OptionGroup(title: "Logs")
    var logs: LogOptions

    func run() async throws {
      let id = try JobsCommand.ids([id])[0]
      try await DatabaseTask(database, logs).run { database, loop, _ in
        guard let job = try await database.use(on: loop, { try await JobAdministration.job(id, $0) }) else {
          StandardStream.error.write("there is no job \(id)\n")
          throw ExitCode.failure
        }
        let lines = [
          ("id", "\(job.id)"), ("kind", job.kind), ("state", job.state), ("enqueued", job.createdAt),
          ("due", job.dueAt), ("started", job.startedAt), ("ended", job.endedAt), ("server", job.node),
          ("attempts", "\(job.attempt)"), ("failures", "\(job.failures)"), ("last error", job.lastError),
          ("progress", "\(job.progress)/1000 \(job.progressText)"), ("payload", job.payload),
        ]
        for (name, value) in lines where !value.isEmpty { StandardStream.output.write("\(name): \(value)\n") }
      }
    }
  }

  /// `fastshop jobs retry`.
  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "retry", abstract: "Put dead or cancelled jobs back into the queue.")

    @Argument(help: ArgumentHelp("The jobs' ids, as `list` lists them.", valueName: "id"))
    var ids: [String] = []

    @Option(help: "Retry all dead jobs of this kind.")
    var kind: String?

    @OptionGroup(title: "Database")
    var database: DatabaseOptions

    @OptionGroup(title: "Logs")
    var logs: LogOptions

    func validate() throws {
      guard ids.isEmpty != (kind == nil) else { throw ValidationError("Give the ids of jobs, or --kind.") }
      _ = try JobsCommand.ids(ids)
    }

    func run() async throws {
      let choice: JobAdministration.Choice =
        if let kind { .dead(kind: kind) } else { .ids(try JobsCommand.ids(ids)) }
      try await DatabaseTask(database, logs).run { database, loop, _ in
        let count = try await database.use(on: loop) { database in
          try await database.work(as: .command("fastshop jobs retry", vault: nil)) { work in
            try await JobAdministration.retry(choice, in: work)
          }
        }
        StandardStream.output.write("\(count) back in the queue\n")
      }
    }
  }

  /// `fastshop jobs cancel`.
  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "cancel", abstract: "Cancel jobs that wait or run.",
      discussion: "A running job ends when its server has noticed and its code lets it.")

    @Argument(help: ArgumentHelp("The jobs' ids, as `list` lists them.", valueName: "id"))
    var ids: [String]

    @OptionGroup(title: "Database")
    var database: DatabaseOptions

    @OptionGroup(title: "Logs")
    var logs: LogOptions

    func validate() throws { _ = try JobsCommand.ids(ids) }

    func run() async throws {
      let ids = try JobsCommand.ids(ids)
      try await DatabaseTask(database, logs).run { database, loop, _ in
        let count = try await database.use(on: loop) { database in
          try await database.work(as: .command("fastshop jobs cancel", vault: nil)) { work in
            try await JobAdministration.cancel(ids, in: work)
          }
        }
        StandardStream.output.write("\(count) cancelled\n")
      }
    }
  }

  /// `fastshop jobs schedules`.
  struct Schedules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schedules", abstract: "List the schedules, with the times of their last and next job.")

    @OptionGroup(title: "Database")
    var database: DatabaseOptions

    @OptionGroup(title: "Logs")
    var logs: LogOptions

    func run() async throws {
      try await DatabaseTask(database, logs).run { database, loop, _ in
        for schedule in try await database.use(on: loop, { try await JobAdministration.schedules($0) }) {
          let last = schedule.lastAt.isEmpty ? "never" : schedule.lastAt
          StandardStream.output.write(
            "\(schedule.name)  \(schedule.expression) \(schedule.zone)  last \(last)  next \(schedule.nextAt)\n")
        }
      }
    }
  }

  /// `fastshop jobs run`.
  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run", abstract: "Run the job of a schedule now: a server enqueues it within seconds.")

    @Argument(help: "The name of the schedule, as `schedules` lists it.")
    var schedule: String

    @OptionGroup(title: "Database")
    var database: DatabaseOptions

    @OptionGroup(title: "Logs")
    var logs: LogOptions

    func run() async throws {
      let name = schedule
      try await DatabaseTask(database, logs).run { database, loop, _ in
        guard try await database.use(on: loop, { try await JobAdministration.run(schedule: name, $0) }) else {
          StandardStream.error.write("there is no schedule \(name)\n")
          throw ExitCode.failure
        }
        StandardStream.output.write("\(name) is due now\n")
      }
    }
  }
}

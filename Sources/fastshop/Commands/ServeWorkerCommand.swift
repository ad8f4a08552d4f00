import ArgumentParser
import EventLoop
import FoundationEssentials
import Logging
import Processes

/// `fastshop serve-worker`: the process that serves. Only the supervisor can start it.
struct ServeWorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve-worker", abstract: "Run a worker; serve starts it.", shouldDisplay: false)

  /// The name of the process in the system's lists.
  private static let processName = "fastshop-worker"

  @Option(help: "File descriptor of the supervisor's messages.")
  var control: Int32

  /// The arguments of `serve`, parsed separately: within this command, its groups of options would be one level deeper,
  /// and a debug build validates each level again with its contents, which takes a quarter of a second at each start.
  @Argument(parsing: .captureForPassthrough)
  var serveArguments: [String] = []

  /// The arguments of a worker: this process's own, but for the command.
  static func arguments(control: Int32) -> [String] {
    let own = CommandLine.arguments
    guard let command = own.dropFirst().firstIndex(of: "serve") else { return own }
    return own[..<command] + [configuration.commandName ?? "", "--control", "\(control)"] + own[(command + 1)...]
  }

  func run() async throws {
    ProcessSignals.drop()
    OwnProgram.name(Self.processName)
    let environment = ProcessInfo.processInfo.environment
    let serve = try ServeCommand.parse(serveArguments)
    let settings = try CommandFailure.exitOnError { try serve.settings(environment, isWorker: true) }
    let (socket, handover) = try CommandFailure.exitOnError { try handedOver() }
    DescriptorLimit.raise()
    let log = Logger(label: "fastshop")
    let shop = try CommandFailure.exitOnError { try ShopProcess(settings, handover, log: log) }
    let orders = try CommandFailure.exitOnError { try Self.orders(socket, supervisor: handover.supervisor) }
    try await Serving(shop).run(orders) { places in
      let report = WorkerReport(places: places, stateVersion: SupervisorState.version)
      if let message = WorkerMessage.encode(report) { socket.send(message) }
    }
  }

  private func handedOver() throws -> (ControlSocket, WorkerHandover) {
    guard let socket = ControlSocket(adopting: control), let message = socket.receive(),
      let handover: WorkerHandover = WorkerMessage.decode(message)
    else { throw WorkerHandoverError() }
    return (socket, handover)
  }

  /// The orders of the supervisor. The worker ends when the supervisor ends.
  private static func orders(_ socket: ControlSocket, supervisor: Int32) throws -> AsyncStream<WorkerOrder> {
    let (orders, sender) = AsyncStream.makeStream(of: WorkerOrder.self)
    try BlockingWait.start(named: "supervisor") {
      guard OwnProgram.endWithParent(supervisor) else { OwnProgram.endNow(1) }
      while let message = socket.receive() {
        if let order = WorkerOrder(message) { sender.yield(order) }
      }
      OwnProgram.endNow(1)
    }
    return orders
  }
}

/// A worker was not started by a supervisor.
private struct WorkerHandoverError: Error, CustomStringConvertible {
  var description: String { "serve-worker is started by fastshop serve only: run that" }
}

import ArgumentParser
import EventLoop
import FastShopAPI
import FoundationEssentials
import Platform
import Protobuf
import RPC

/// `fastshop call`: one call to a running server, in JSON.
struct CallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call",
    abstract: "Call a method of a running server with JSON.",
    discussion: """
      Examples:
        fastshop call catalog.v1.CatalogService/ListProducts '{"page_size": 3}'
        fastshop call InventoryService/WatchInventory '{"category_id": "..."}' --timeout 60
        fastshop call grpc.health.v1.Health/Check --tls --trust data/development-certificate.pem

      Without a method, it lists all methods. The end of a service's name is enough. Every response is a JSON document.
      The error of a failed call goes to standard error; the exit code is 64 plus the status.

      The access token comes from the environment variable FASTSHOP_TOKEN, so that other users do not see it.
      """)

  /// The variable that holds an access token.
  private static let token = "FASTSHOP_TOKEN"

  @Argument(help: "The method, as SERVICE/METHOD. Without it, the command lists all methods.")
  var method: String?

  @Argument(
    help: "The request as JSON, or - for standard input; a stream of requests has one on each line.")
  var json = "{}"

  @OptionGroup(title: "Server")
  var target: CallTargetOptions

  @Option(
    name: [.customShort("H"), .long],
    help: ArgumentHelp("Metadata to send; repeatable.", valueName: "name: value"))
  var header: [String] = []

  @Option(help: ArgumentHelp("Deadline of the call, in seconds.", valueName: "seconds"))
  var timeout: Double?

  @Flag(help: "Print each response on one line.")
  var compact = false

  @Flag(help: "Print fields with default values, too.")
  var defaults = false

  func run() async throws {
    let directory = MethodDirectory(services: StandardServices.known(with: fastshopAPIServices))
    guard let method else { return StandardStream.output.write(directory.listing) }
    let found = try CommandFailure.exitOnError { try directory.method(method) }
    let options = try CommandFailure.exitOnError { try callOptions() }
    let server = try CommandFailure.exitOnError {
      try CallTarget(target, environment: ProcessInfo.processInfo.environment)
    }
    let group = EventLoopGroup(count: 1)
    let channel = server.channel(on: group.loops[0])
    let takesStream = found.kind == .clientStreaming || found.kind == .bidirectional
    let call = JSONCall(
      channel: channel, method: found, options: options,
      requests: RequestSource.requests(json, isStream: takesStream),
      format: JSONWritingOptions(isPretty: !compact, writesDefaults: defaults, keepsProtoNames: true)
    ) { StandardStream.output.write($0 + "\n") }
    do {
      try await call.run()
    } catch let error as RPCError {
      StandardStream.error.write(CallReport.text(error) + "\n")
      throw ExitCode(CallReport.exitCode(error))
    } catch let error as RequestError {
      throw CommandFailure.exit(error)
    }
    await channel.close()
  }

  private func callOptions() throws(SettingError) -> CallOptions {
    var options = CallOptions()
    if let token = ProcessInfo.processInfo.environment[Self.token], !token.isEmpty {
      options.metadata.add("authorization", "Bearer \(token)")
    }
    if let timeout {
      guard timeout > 0, timeout < 1e9 else {
        throw SettingError(name: "--timeout", value: "\(timeout)", wanted: "a number of seconds above 0")
      }
      options.timeout = .milliseconds(Int64(timeout * 1000))
    }
    for field in header {
      guard let colon = field.firstIndex(of: ":"), colon != field.startIndex else {
        throw SettingError(name: "--header", value: nil, wanted: "a name and a value such as \"x-request-id: 7\"")
      }
      let value = field[field.index(after: colon)...].drop { $0 == " " }
      options.metadata.add(String(field[..<colon]), String(value))
    }
    return options
  }
}

import EventLoop
import Protobuf
import Testing

@testable import RPC

@Suite struct StandardServicesTests {
  /// A server with nothing but the standard services, and a channel to it.
  final class Server {
    let group = EventLoopGroup(count: 1)
    let health = HealthRegistry(services: ["shop.v1.Shop"])
    let server: RPCServer
    let channel: Channel

    init() async throws {
      server = RPCServer(group: group, services: StandardServices.added(to: [], files: [], health: health))
      let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
      channel = Channel(address, on: group.loops[0])
    }

    deinit { group.shutdown() }

    func end() async {
      await channel.close()
      await server.shutdown(grace: .zero)
    }
  }

  @Test func `health says how each service is`() async throws {
    let server = try await Server()
    let client = HealthClient(server.channel)
    let arena = Arena()
    let request = HealthCheckRequest(in: arena)
    #expect(try await client.check(request).status == .serving)
    request.service = "shop.v1.Shop"
    #expect(try await client.check(request).status == .serving)
    server.health.set(.notServing, for: "shop.v1.Shop")
    #expect(try await client.check(request).status == .notServing)
    request.service = "shop.v1.Nothing"
    let error = await #expect(throws: RPCError.self) { _ = try await client.check(request).status }
    #expect(error?.code == .notFound)
    let list = try await client.list(HealthListRequest(in: arena))
    #expect(list.statuses["shop.v1.Shop"]?.status == .notServing)
    #expect(list.statuses[""]?.status == .serving)
    await server.end()
  }

  @Test func `a watcher hears of the present state and of every change`() async throws {
    let server = try await Server()
    let request = HealthCheckRequest(in: Arena())
    request.service = "shop.v1.Shop"
    let responses = try await HealthClient(server.channel).watch(request).makeAsyncIterator()
    var iterator = responses
    #expect(try await iterator.next()?.status == .serving)
    server.health.setAll(.notServing)
    #expect(try await iterator.next()?.status == .notServing)
    server.health.setAll(.serving)
    #expect(try await iterator.next()?.status == .serving)
    await server.end()
    while server.health.watcherCount > 0 { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test(.timeLimit(.minutes(2))) func `a watcher is sent elsewhere when the server stops`() async throws {
    let server = try await Server()
    let client = HealthClient(server.channel)
    var watch = try await client.watch(HealthCheckRequest(in: Arena())).makeAsyncIterator()
    #expect(try await watch.next()?.status == .serving)
    await server.server.shutdown(grace: .seconds(3_600))
    let error = await #expect(throws: RPCError.self) { _ = try await watch.next()?.status }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("stopping") == true)
    await server.channel.close()
  }

  @Test func `a service that is not there is watched until it comes`() async throws {
    let server = try await Server()
    let request = HealthCheckRequest(in: Arena())
    request.service = "shop.v1.Later"
    var responses = try await HealthClient(server.channel).watch(request).makeAsyncIterator()
    #expect(try await responses.next()?.status == .serviceUnknown)
    server.health.set(.serving, for: "shop.v1.Later")
    #expect(try await responses.next()?.status == .serving)
    await server.end()
  }

  typealias Question = ServerReflectionRequest.MessageRequest

  /// What reflection answers, in a line.
  func ask(_ path: String, _ question: (Arena) -> Question) async throws -> String {
    let server = try await Server()
    let call: BidirectionalCall<ServerReflectionRequest, ServerReflectionResponse> =
      try await server.channel.bidirectional(path)
    let arena = Arena()
    let request = ServerReflectionRequest(in: arena)
    request.messageRequest = question(arena)
    try await call.send(request)
    call.endRequests()
    var answers: [String] = []
    for try await response in call.responses {
      switch response.messageResponse {
      case .listServicesResponse(let list): answers.append(list.service.map(\.name.string).joined(separator: " "))
      case .fileDescriptorResponse(let files):
        answers.append(files.fileDescriptorProto.map { Self.name(in: $0.array) }.joined(separator: " "))
      case .errorResponse(let error): answers.append("\(error.errorCode) \(error.errorMessage)")
      case .allExtensionNumbersResponse(let numbers):
        answers.append("\(numbers.baseTypeName) \(numbers.extensionNumber.count)")
      case nil: answers.append("nothing")
      }
    }
    await server.end()
    return answers.joined(separator: "; ")
  }

  /// A FileDescriptorProto begins with its name: field 1.
  static func name(in file: [UInt8]) -> String {
    guard file.count > 2, file[0] == 0x0A else { return "?" }
    return String(decoding: file[2..<(2 + Int(file[1]))], as: UTF8.self)
  }

  @Test(arguments: ["v1", "v1alpha"])
  func `reflection lists all services, in both versions`(version: String) async throws {
    let answer = try await ask("/grpc.reflection.\(version).ServerReflection/ServerReflectionInfo") { _ in
      .listServices("")
    }
    #expect(
      answer == "grpc.health.v1.Health grpc.reflection.v1.ServerReflection grpc.reflection.v1alpha.ServerReflection")
  }

  @Test(arguments: [
    ("grpc.health.v1.Health", "grpc/health/v1/health.proto"),
    ("grpc.health.v1.Health.Check", "grpc/health/v1/health.proto"),
    ("grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto"),
    ("grpc.health.v1.HealthCheckRequest.service", "grpc/health/v1/health.proto"),
    // An enum's values stand beside it.
    ("grpc.health.v1.HealthCheckResponse.SERVING", "grpc/health/v1/health.proto"),
    (
      "grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING",
      "5 this server has no symbol \"grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING\""
    ),
    (
      "grpc.health.v1.HealthCheckRequest.none",
      "5 this server has no symbol \"grpc.health.v1.HealthCheckRequest.none\""
    ),
    (".google.rpc.Status", "google/rpc/status.proto google/protobuf/any.proto"),
    ("grpc.health.v1", "5 this server has no symbol \"grpc.health.v1\""),
    ("", "5 this server has no symbol \"\""),
  ])
  func `a symbol is found with all that it needs`(symbol: String, expected: String) async throws {
    let answer = try await ask("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo") {
      .fileContainingSymbol($0.text(symbol))
    }
    #expect(answer == expected)
  }

  @Test func `files are found by name, extensions are none`() async throws {
    let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    #expect(
      try await ask(path) { _ in .fileByFilename("google/rpc/status.proto") }
        == "google/rpc/status.proto google/protobuf/any.proto")
    #expect(try await ask(path) { _ in .fileByFilename("x.proto") } == "5 this server has no file \"x.proto\"")
    #expect(try await ask(path) { _ in .allExtensionNumbersOfType("google.rpc.Status") } == "google.rpc.Status 0")
    #expect(
      try await ask(path) {
        let wanted = ExtensionRequest(in: $0)
        wanted.containingType = "google.rpc.Status"
        wanted.extensionNumber = 7
        return .fileContainingExtension(wanted)
      } == "5 this server has no extension 7 of \"google.rpc.Status\"")
  }
}

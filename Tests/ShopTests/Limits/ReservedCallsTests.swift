import EventLoop
import RPC
import Testing

@testable import Platform

/// Who may still call when the server is full.
@Suite struct ReservedCallsTests {
  private static let idText = "0190b6c2-0000-7000-8000-000000000001"
  private static let id = ID(idText)

  @Test(arguments: [(Role.customer, false), (.seller, false), (.support, true), (.manager, true), (.admin, true)])
  func `a caller who may do what no customer or seller may is staff`(_ role: Role, _ isStaff: Bool) {
    #expect(Caller(kind: .user, id: Self.id, role: role).isStaff == isStaff)
  }

  @Test func `guests, custom roles and programs are judged by what they may do`() {
    #expect(!Caller.anonymous.isStaff)
    #expect(Caller(kind: .user, id: Self.id, permissions: .of(.usersRead)).isStaff)
    #expect(!Caller(kind: .user, id: Self.id, permissions: .of(.catalogRead)).isStaff)
    #expect(!Caller(kind: .service, id: Self.id, role: .admin, scopes: .of(.catalogRead)).isStaff)
    #expect(Caller(kind: .service, id: Self.id, role: .admin, scopes: .of(.usersRead)).isStaff)
  }

  @Test func `staff that has yet to show a second factor is not staff`() {
    #expect(!Caller(kind: .user, id: Self.id, permissions: [], withheld: Role.admin.permissions).isStaff)
  }

  @Test func `a full server takes the calls of staff, and those of nobody else`() async throws {
    let group = EventLoopGroup(count: 1)
    let services = StandardServices.added(to: [], files: [], health: HealthRegistry(services: []))
    let policies = PolicyTable(services: services, all: MethodPolicy(access: .everybody))
    var limits = RPCLimits()
    limits.callsMax = 0
    let server = RPCServer(
      group: group, services: services,
      interceptors: [Authentication(policies, NamedCallers()), ReservedCalls(), AccessControl(policies)],
      limits: limits)
    let address = try await server.listen(on: .clearText(.tcp(host: "127.0.0.1", port: 0)))
    let channel = Channel(address, on: group.loops[0])
    func call(as credentials: String?) async -> RPCError? {
      var options = CallOptions()
      if let credentials { options.metadata.add("authorization", credentials) }
      return await failure {
        let asked = request(HealthListRequest.self)
        let _: HealthListResponse = try await channel.unary("/grpc.health.v1.Health/List", asked, options)
      }
    }
    for stranger in [nil, "user \(Self.idText)", "expired", "forged"] {
      let error = await call(as: stranger)
      #expect(error?.code == .unavailable)
      #expect(error?.reason == "SERVER_FULL")
    }
    #expect(await call(as: "key \(Self.idText)") == nil)
    await channel.close()
    await server.shutdown(grace: .zero)
    await Task.detached { group.shutdown() }.value
  }
}

import CatalogAPI
import DemoShop
import EventLoop
import FastShopAPI
import IdentityAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

/// How a call ended, as far as its caller can tell.
private struct Ending: Equatable, CustomStringConvertible {
  /// The reasons of a call that is refused before its request is read.
  private static let refusals: Set<String> = [
    "CREDENTIALS_MISSING", "CREDENTIALS_INVALID", "CREDENTIALS_EXPIRED", "CREDENTIALS_OUTDATED", "SESSION_ENDED",
    "PERMISSION_MISSING", "SCOPE_MISSING", "NOT_FOR_PROGRAMS", "SECOND_FACTOR_REQUIRED",
  ]

  var code = StatusCode.ok
  var message = ""
  var details: [ErrorDetail] = []
  /// The first response.
  var response = ""

  init(_ error: RPCError?) {
    guard let error else { return }
    (code, message, details) = (error.code, error.message, error.details)
  }

  var description: String { "\(code.name) \(message) \(details)" }

  /// Whether access control refused it.
  var isRefusal: Bool {
    details.contains { detail in
      if case .errorInfo(let reason, _, _) = detail { Self.refusals.contains(reason) } else { false }
    }
  }

  /// The same without the names that the caller wrote itself.
  func without(_ names: [String]) -> String {
    names.filter { !$0.isEmpty }.reduce(description) { $0.replacing($1, with: "ID") }
  }
}

extension TestNode {
  /// Every method that the node serves.
  static let methods: [ServiceDescriptor.Method] =
    StandardServices.known(with: fastshopAPIServices).flatMap(\.methods)

  /// Calls by JSON until the first response or the end.
  fileprivate func ending(
    of method: ServiceDescriptor.Method, _ json: String, _ options: CallOptions
  ) async -> Ending {
    var response = ""
    var ending = Ending(
      await failure { response = try await self.call(method, method.input, method.output, json, options) })
    ending.response = response
    return ending
  }

  private func call<Request: Message, Response: Message>(
    _ method: ServiceDescriptor.Method, _: Request.Type, _: Response.Type, _ json: String, _ options: CallOptions
  ) async throws -> String {
    let request = try Request(json: json, in: Arena())
    switch method.kind {
    case .unary:
      let response: Response = try await channel.unary(method.path, request, options)
      return (try? response.json()) ?? ""
    case .serverStreaming:
      let responses: ClientResponseStream<Response> = try await channel.serverStreaming(method.path, request, options)
      for try await response in responses { return (try? response.json()) ?? "" }
    case .clientStreaming:
      let call: ClientStreamingCall<Request, Response> = try await channel.clientStreaming(method.path, options)
      try await call.send(request)
      let response = try await call.finish()
      return (try? response.json()) ?? ""
    case .bidirectional:
      let call: BidirectionalCall<Request, Response> = try await channel.bidirectional(method.path, options)
      try await call.send(request)
      call.endRequests()
      for try await response in call.responses { return (try? response.json()) ?? "" }
    }
    return ""
  }
}

extension ShopTests {
  /// Every RPC, called by every kind of account, with resources of every kind of owner.
  @Suite struct AccessTests {
    @Test("every method has its row, and every row its method")
    func everyMethodHasItsRow() {
      for method in TestNode.methods {
        #expect(
          AccessRow.row(of: method.path) != nil, "\(method.path): add its AccessRow to a file of Tests/ShopTests/Access"
        )
      }
      for row in AccessRow.all {
        #expect(TestNode.methods.contains { AccessRow.row(of: $0.path)?.method == row.method }, "\(row.method)")
      }
    }

    @Test("metadata that is too large is refused as such, and not for the credentials that may have been in it")
    func largeMetadata() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        for (fields, isTooLarge) in [(1, false), (20, true)] {
          var options = CallOptions()
          options.metadata.add(TestAuthenticator.caller, TestCaller.guest.rawValue)
          for field in 0..<fields { options.metadata.add("x-field-\(field)", String(repeating: "a", count: 1_000)) }
          let guarded = await failure {
            _ = try await nodes[0].setPrices([TestPrice(variant: variant, amount: 1)], options: options)
          }
          #expect(guarded?.code == (isTooLarge ? .resourceExhausted : .unauthenticated), "\(fields)")
          let open = await failure { _ = try await nodes[0].quote(variant, options: options) }
          #expect(open?.code == (isTooLarge ? .resourceExhausted : nil), "\(fields)")
          if isTooLarge { #expect(guarded?.message == open?.message) }
        }
      }
    }

    @Test("every field that names a thing has its case, or is said to name none")
    func everyNamingFieldHasItsCase() {
      for method in TestNode.methods {
        guard let row = AccessRow.row(of: method.path) else { continue }
        let tried = Set(row.cases.flatMap(\.fields)).union(row.plainFields)
        let named = ReferenceFields.of(method.input.descriptor)
        let unknown = named.subtracting(tried).sorted()
        #expect(unknown.isEmpty, "\(method.path): say in a case of its row what \(unknown) name, or that they do not")
        let gone = tried.subtracting(named).sorted()
        #expect(gone.isEmpty, "\(method.path) has no field \(gone) that looks like a name")
      }
    }

    @Test("a field that looks like a name is noticed wherever it stands")
    func namingFieldsAreFound() {
      #expect(ReferenceFields.of(UpdateAddressRequest.descriptor) == ["address.id"])
      #expect(ReferenceFields.of(GetStockRequest.descriptor) == ["product_id", "variant_ids"])
      #expect(ReferenceFields.of(AdjustStockRequest.descriptor) == ["variant_id", "warehouse_id"])
      #expect(ReferenceFields.of(ListUsersRequest.descriptor) == ["role"])
    }

    @Test("a table that no test names is watched, too")
    func newTablesAreWatched() async throws {
      try await TestShop.make(products: 20).serve { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        let things = try environment.things(for: .admin)
        _ = try await things.make { "CREATE TABLE catalog.made_by_test (owner text)" }
        let (all, others) = (try await environment.state(ofOthers: false), try await environment.state(ofOthers: true))
        _ = try await things.make { "INSERT INTO catalog.made_by_test VALUES ('nobody')" }
        #expect(try await environment.state(ofOthers: false) != all)
        #expect(try await environment.state(ofOthers: true) == others)
        _ = try await things.make { "INSERT INTO catalog.made_by_test VALUES (\(things.shops[1].seller))" }
        #expect(try await environment.state(ofOthers: true) != others)
      }
    }

    /// The packages of the API: the methods of each have a shop of their own, which stays small.
    private static let packages = Set(TestNode.methods.map(\.package)).sorted()

    @Test(
      "every method does for every caller what its row says, and others' things are not there", arguments: packages)
    func everyMethodByEverybody(package: String) async throws {
      try await TestShop.make(products: 20).serve { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        for method in TestNode.methods where method.package == package {
          let trial = AccessTrial(environment, method, try #require(AccessRow.row(of: method.path)))
          try await environment.reset()
          try await trial.refusals()
          for caller in trial.served { try await trial.cases(by: caller) }
        }
      }
    }

    @Test("a refused caller is told why, in words that programs read")
    func refusalsHaveReasons() async throws {
      let method = try #require(TestNode.methods.first { $0.path.hasSuffix("/AdjustStock") })
      let expected: [(TestCaller, StatusCode, String, [String: String])] = [
        (.guest, .unauthenticated, "CREDENTIALS_MISSING", ["scheme": "Bearer"]),
        (.forged, .unauthenticated, "CREDENTIALS_INVALID", ["scheme": "Bearer"]),
        (.expired, .unauthenticated, "CREDENTIALS_EXPIRED", ["scheme": "Bearer"]),
        (.ended, .unauthenticated, "SESSION_ENDED", ["scheme": "Bearer"]),
        (.customer, .permissionDenied, "PERMISSION_MISSING", ["permission": "inventory.write"]),
        (.support, .permissionDenied, "PERMISSION_MISSING", ["permission": "inventory.write"]),
        (.keyWithoutScopes, .permissionDenied, "SCOPE_MISSING", ["scope": "inventory.write"]),
      ]
      try await TestShop.make(products: 3).serve { nodes in
        for (caller, code, reason, metadata) in expected {
          let ending = await nodes[0].ending(of: method, "{}", Self.options(caller))
          #expect(ending.code == code, "\(caller): \(ending)")
          #expect(ending.details == [.errorInfo(reason: reason, domain: "fastshop", metadata: metadata)])
        }
      }
    }

    @Test("a request without its request_id is refused before the handler has it")
    func requestIDIsRequired() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        for service in fastshopAPIServices {
          for (method, policy) in try DeclaredPolicies(service).all where policy.requiresRequestID {
            for json in [
              "{}", "{\"request_id\": \"mine\"}", "{\"request_id\": \"0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e1\"}",
            ] {
              let error = await nodes[0].ending(of: method, json, Self.options(.admin))
              #expect(error.code == .invalidArgument)
              #expect(
                error.details.contains {
                  if case .badRequest(let all) = $0 { all.map(\.field) == ["request_id"] } else { false }
                }, "\(method.path) of \(json): \(error)")
            }
          }
        }
      }
    }

    private static func options(_ caller: TestCaller) -> CallOptions {
      var options = CallOptions()
      options.timeout = .seconds(20)
      options.metadata.add(TestAuthenticator.caller, caller.rawValue)
      return options
    }
  }
}

extension ServiceDescriptor.Method {
  /// The package of its service: `fastshop.catalog.v1`.
  fileprivate var package: String { path.dropFirst().split(separator: ".").dropLast().joined(separator: ".") }
}

/// One method, tried by everybody.
private struct AccessTrial {
  /// Where nobody looks at credentials, these stand for all.
  private static let some: [TestCaller] = [.guest, .admin, .keyForShop, .forged]
  /// Those who reach the things of the second shop.
  private static let reachOthers = TestCaller.ofSecondShop.union(TestCaller.ofEveryShop)

  private let environment: AccessEnvironment
  private let method: ServiceDescriptor.Method
  private let row: AccessRow

  init(_ environment: AccessEnvironment, _ method: ServiceDescriptor.Method, _ row: AccessRow) {
    self.environment = environment
    self.method = method
    self.row = row
  }

  /// Those whom the method serves.
  var served: [TestCaller] {
    row.ignoresCredentials ? Self.some : TestCaller.allCases.filter { row.callers.contains($0) && !isBad($0) }
  }

  private func isBad(_ caller: TestCaller) -> Bool { TestCaller.bad.contains(caller) }

  private func ending(_ request: AccessRequest, by caller: TestCaller) async throws -> Ending {
    await environment.node.ending(of: method, request.json, try environment.options(for: caller))
  }

  /// Callers without access are always refused with the same message, and change nothing.
  func refusals() async throws {
    if row.ignoresCredentials { return }
    let refused = TestCaller.allCases.filter { isBad($0) || !row.callers.contains($0) }
    var requests: [(caller: TestCaller, all: [AccessRequest])] = []
    for caller in refused { requests.append((caller, try await everyRequest(of: caller))) }
    let before = try await environment.state(ofOthers: false)
    for (caller, all) in requests {
      let expected: StatusCode = isBad(caller) || caller == .guest ? .unauthenticated : .permissionDenied
      var endings: [Ending] = []
      for request in all { endings.append(try await ending(request, by: caller)) }
      for ending in endings {
        #expect(ending.code == expected && ending.isRefusal, "\(method.path) by \(caller): \(ending)")
        #expect(ending == endings.first, "\(method.path) by \(caller) is refused in several ways")
      }
    }
    #expect(try await environment.state(ofOthers: false) == before, "\(method.path): a refused call changed something")
  }

  /// The requests of all cases, of things as `caller` sees them.
  private func everyRequest(of caller: TestCaller) async throws -> [AccessRequest] {
    let things = try environment.things(for: caller)
    var requests: [AccessRequest] = []
    for one in row.cases {
      for relation in AccessRelation.allCases where one.outcomes[relation] != nil {
        requests.append(try await one.request(things, relation))
      }
    }
    return requests
  }

  /// Every case of the row, by a caller who is served.
  func cases(by caller: TestCaller) async throws {
    for one in row.cases {
      if let sees = one.sees { try await list(one, sees, by: caller) } else { try await relations(of: one, by: caller) }
    }
  }

  private func relations(of one: AccessCase, by caller: TestCaller) async throws {
    let things = try environment.things(for: caller)
    var told: [AccessRelation: String] = [:]
    for relation in AccessRelation.allCases {
      guard let expected = one.outcomes[relation]?.code(for: caller) else { continue }
      let place = "\(method.path), \(one.fields) of \(relation), by \(caller)"
      let request = try await one.request(things, relation)
      let isOwn = relation == .own && one.outcomes[.others] != nil && expected == .ok
      let before = try await environment.state(ofOthers: isOwn, but: things.account.id)
      let ending = try await ending(request, by: caller)
      #expect(ending.code == expected && !ending.isRefusal, "\(place): \(ending), expected \(expected.name)")
      // One's own thing may note that it was asked for.
      if isOwn || (ending.code != .ok && (relation != .own || one.outcomes[.others] != nil)) {
        #expect(
          try await environment.state(ofOthers: isOwn, but: things.account.id) == before, "\(place) changed something")
      }
      told[relation] = ending.without(request.names)
    }
    // Whatever is not served is told in the words for what is not there; who reaches a thing is told what it lacks.
    if let others = one.outcomes[.others]?.code(for: caller), others != .ok, told[.absent] != nil,
      !(others == .failedPrecondition && Self.reachOthers.contains(caller))
    {
      #expect(told[.others] == told[.absent], "\(method.path), \(one.fields), by \(caller)")
    }
    if let own = one.outcomes[.own]?.code(for: caller), own == .notFound, told[.absent] != nil {
      #expect(told[.own] == told[.absent], "\(method.path), \(one.fields), by \(caller)")
    }
  }

  private func list(
    _ one: AccessCase, _ sees: (own: Set<TestCaller>, others: Set<TestCaller>), by caller: TestCaller
  ) async throws {
    let request = try await one.request(try environment.things(for: caller), .own)
    let ending = try await ending(request, by: caller)
    let place = "\(method.path), \(one.fields), by \(caller)"
    if ending.code == .notFound {
      #expect(!sees.own.contains(caller) && !sees.others.contains(caller), "\(place): \(ending)")
      return
    }
    #expect(ending.code == .ok, "\(place): \(ending)")
    let expected = [sees.own.contains(caller), sees.others.contains(caller), false]
    for (name, isSeen) in zip(request.names, expected) {
      #expect(ending.response.contains(name) == isSeen, "\(place): \(isSeen ? "lacks" : "has") \(name)")
    }
  }
}

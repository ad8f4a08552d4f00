import FastShopAPI
import CatalogAPI
import IdentityAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import DemoShop

extension ShopTests {
  /// Every field of every RPC, with values that it must not have, and those at the edge of what it may have.
  @Suite struct BadInputTests {
    @Test("every field says what it may hold, and every row has its method and fields")
    func everyFieldHasItsRule() {
      for method in TestNode.methods {
        let fields = RequestField.all(of: method.input.descriptor)
        let rules = InputRow.row(of: method.path)?.rules ?? [:]
        for field in fields where rules[field.path] == nil && InputRule.usual(for: field) == nil {
          Issue.record("\(method.path): say in a row of BadInput what \(field.path) may hold")
        }
        let gone = Set(rules.keys).subtracting(fields.map(\.path)).sorted()
        #expect(gone.isEmpty, "\(method.path) has no fields \(gone)")
      }
      let paths = TestNode.methods.map(\.path)
      for row in InputRow.all { #expect(paths.contains("/\(row.method)"), "there is no \(row.method)") }
    }

    @Test("a field is found wherever it stands, and set in what is sent")
    func fieldsAreFoundAndSet() throws {
      let fields = RequestField.all(of: UpdateApiKeyRequest.descriptor)
      #expect(fields.map(\.path).contains("api_key.limit.burst") && fields.map(\.path).contains("update_mask"))
      let burst = try #require(fields.first { $0.path == "api_key.limit.burst" })
      let json = "{\"api_key\": {\"name\": \"a\", \"limit\": {\"burst\": 1}}}"
      let sample = try UpdateApiKeyRequest(json: json, in: Arena())
      let bytes = WireFields.setting(burst.descriptors[...], to: [.number(-1)], in: try sample.encoded())
      let sent = try UpdateApiKeyRequest(decoding: bytes, in: Arena())
      #expect(sent.apiKey?.name.string == "a" && sent.apiKey?.limit?.burst == -1)
    }

    @Test("what a field must not hold is refused, the field is named, and nothing is written")
    func badInputIsRefused() async throws {
      try await TestShop.make(products: 20).serve { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        let tokens = try await PageTokens(nodes[0])
        for method in TestNode.methods {
          try await environment.reset()
          let trial = InputTrial(
            requests: try InputRequests(environment, method), foreignToken: tokens.foreign(to: method))
          try await trial.fields()
          try await trial.wholes()
        }
      }
    }

    @Test("requests with several extremes at once end by the contract, whatever they hold")
    func extremesTogether() async throws {
      try await TestShop.make(products: 20).serve { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        let tokens = try await PageTokens(nodes[0])
        for method in TestNode.methods {
          try await environment.reset()
          let trial = ExtremesTrial(
            requests: try InputRequests(environment, method), foreignToken: tokens.foreign(to: method))
          try await trial.run()
        }
        let request = request(ListProductsRequest.self) { $0.pageSize = 1 }
        #expect(try await nodes[0].catalog.listProducts(request).products.count == 1)
      }
    }
  }
}

/// Page tokens that two lists have given.
private struct PageTokens {
  private let ofProducts: String
  private let ofCategories: String

  init(_ node: TestNode) async throws {
    ofProducts = try await node.catalog.listProducts(request(ListProductsRequest.self) { $0.pageSize = 1 })
      .nextPageToken.string
    ofCategories = try await node.catalog.listCategories(request(ListCategoriesRequest.self) { $0.pageSize = 1 })
      .nextPageToken.string
  }

  /// One of another list.
  func foreign(to method: ServiceDescriptor.Method) -> String {
    method.path.hasSuffix("/ListCategories") ? ofProducts : ofCategories
  }
}

/// Each value of each field of one method.
private struct InputTrial {
  let requests: InputRequests
  let foreignToken: String

  private var path: String { requests.method.path }

  /// Each field in turn: first what it must not hold, which writes nothing, then what it may hold.
  func fields() async throws {
    let fields = RequestField.all(of: requests.method.input.descriptor)
    var samples: [[UInt8]] = []
    for field in fields { samples.append(try await requests.sample(with: field)) }
    let before = try await requests.things.stateOfEverything()
    for (field, sample) in zip(fields, samples) {
      for value in requests.values(of: field, foreignToken: foreignToken) where value.ending == .refused {
        let bytes = WireFields.setting(field.descriptors[...], to: value.values, in: sample)
        await expectRefusal(of: bytes, naming: field.path, "\(field.path): \(value.what)")
      }
    }
    let after = try await requests.things.stateOfEverything()
    #expect(after == before, "\(path): a refused call has written something")
    for field in fields { try await goodValues(of: field) }
  }

  /// Requests that are wrong as a whole.
  func wholes() async throws {
    let before = try await requests.things.stateOfEverything()
    for one in requests.row.cases {
      let json = one.json.replacing("\"ID\"", with: "\"\(requests.things.requestID)\"")
      await expectRefusal(of: try requests.encoded(json), naming: one.field, one.what)
    }
    let after = try await requests.things.stateOfEverything()
    #expect(after == before, "\(path): a refused call has written something")
  }

  private func expectRefusal(of bytes: [UInt8], naming field: String, _ what: String) async {
    let error = await requests.error(of: bytes)
    let names = error?.fields ?? []
    // An element of a list has its index: `attributes[3].code` is `attributes.code`.
    let paths = names.map { $0.replacing(#/\[[^\]]*\]/#, with: "") }
    let isNamed = paths.contains { $0 == field || $0.hasPrefix(field + ".") }
    #expect(
      error?.code == .invalidArgument && isNamed,
      "\(path), \(what): \(error.map { "\($0.code.name) \($0.message)" } ?? "OK"), naming \(names)")
  }

  /// Each ends as the same request without the value does, or as the rule says.
  private func goodValues(of field: RequestField) async throws {
    let values = requests.values(of: field, foreignToken: foreignToken).filter { $0.ending != .refused }
    guard !values.isEmpty else { return }
    let usual = await code(of: try await requests.sample(with: field))
    for value in values {
      let sample = try await requests.sample(with: field)
      let ending = await code(of: WireFields.setting(field.descriptors[...], to: value.values, in: sample))
      var expected = usual
      if case .code(let code) = value.ending { expected = code }
      #expect(ending == expected, "\(path), \(field.path): \(value.what)")
      try await requests.things.forgetGuesses()
    }
  }

  private func code(of bytes: [UInt8]) async -> StatusCode { await requests.error(of: bytes)?.code ?? .ok }
}

/// Requests of one method with values for several fields at once, drawn by a seed.
private struct ExtremesTrial {
  private static let seed: UInt64 = 9
  private static let requestsUsual = 24
  private static let fieldsMax = 5
  /// What no request may end with, whatever it holds.
  private static let faults: Set<StatusCode> = [
    .unknown, .internal, .dataLoss, .deadlineExceeded, .cancelled, .unimplemented,
  ]

  let requests: InputRequests
  let foreignToken: String

  func run() async throws {
    let fields = RequestField.all(of: requests.method.input.descriptor)
    guard !fields.isEmpty else { return }
    var random = SplitMix64(seed: Self.seed)
    for number in 0..<Self.requestsUsual {
      let count = 1 + random.below(min(fields.count, Self.fieldsMax))
      let chosen = (0..<count).map { _ in random.pick(fields) }
      var bytes = try await requests.sample(with: chosen[0])
      var held: [String] = []
      for field in chosen {
        let values = requests.values(of: field, foreignToken: foreignToken)
        guard !values.isEmpty else { continue }
        let value = random.pick(values)
        bytes = WireFields.setting(field.descriptors[...], to: value.values, in: bytes)
        held.append("\(field.path): \(value.what)")
      }
      let code = await requests.error(of: bytes)?.code ?? .ok
      #expect(!Self.faults.contains(code), "\(requests.method.path), request \(number): \(held)")
    }
  }
}

extension AccessResources {
  /// Wrong tokens and passwords are not held against anybody.
  fileprivate func forgetGuesses() async throws {
    _ = try await make { "WITH gone AS (DELETE FROM security.failure) SELECT '' AS id" }
  }

  /// One text for all that is written anywhere: found in the catalogue of Postgres, so that a new table is not missed.
  fileprivate func stateOfEverything() async throws -> String {
    try await state("everything") {
      """
      SELECT md5(string_agg(part, ',' ORDER BY part)) AS id
        FROM (SELECT format('%I.%I', n.nspname, c.relname) || query_to_xml(
                       format('SELECT count(*), sum(hashtextextended(t::text, 0)) FROM %I.%I t', n.nspname, c.relname),
                       true, false, '')::text AS part
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')) parts
      """
    }
  }
}

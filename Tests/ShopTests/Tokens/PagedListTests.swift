import CatalogAPI
import EventLoop
import IdentityAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Catalog
@testable import Identity

/// One page of a list: what its elements are called, the token of the next one, and how many bytes it takes.
private typealias ListPage = (names: [String], next: String, bytes: Int)

/// A list that is walked by pages.
private struct PagedList: Sendable {
  let name: String
  let page: @Sendable (TestNode, CallOptions, _ size: Int32, _ token: String) async throws -> ListPage

  init<Request: Message, Response: Message>(
    _ path: String, _ request: Request.Type, _ response: Response.Type, filters: String = "",
    _ read: @escaping @Sendable (Response) -> (names: [String], next: String)
  ) {
    name = path + filters
    page = { node, options, size, token in
      let json = "{\"page_size\": \(size), \"page_token\": \"\(token)\"\(filters)}"
      let response: Response = try await node.channel.unary(
        "/fastshop.\(path)", try Request(json: json, in: Arena()), options)
      let (names, next) = read(response)
      return (names, next, try response.encoded().count)
    }
  }

  static let keys = PagedList(
    "identity.v1.ApiKeyService/ListApiKeys", ListApiKeysRequest.self, ListApiKeysResponse.self
  ) { ($0.apiKeys.map(\.id.string), $0.nextPageToken.string) }
  static let certificates = PagedList(
    "identity.v1.ClientCertificateService/ListCertificates", ListCertificatesRequest.self, ListCertificatesResponse.self
  ) { ($0.certificates.map(\.id.string), $0.nextPageToken.string) }
  static let roles = PagedList(
    "identity.v1.RoleService/ListRoles", ListRolesRequest.self, ListRolesResponse.self
  ) { ($0.roles.map(\.name.string), $0.nextPageToken.string) }
  static let invitations = PagedList(
    "identity.v1.InvitationService/ListInvitations", ListInvitationsRequest.self, ListInvitationsResponse.self
  ) { ($0.invitations.map(\.id.string), $0.nextPageToken.string) }
  static let lowStock = PagedList(
    "inventory.v1.InventoryService/ListLowStock", ListLowStockRequest.self, ListLowStockResponse.self
  ) { ($0.lowStocks.compactMap(\.stock?.variantID.string), $0.nextPageToken.string) }
  static func categories(_ filters: String = "") -> PagedList {
    PagedList(
      "catalog.v1.CatalogService/ListCategories", ListCategoriesRequest.self, ListCategoriesResponse.self,
      filters: filters
    ) { ($0.categories.map(\.id.string), $0.nextPageToken.string) }
  }

  /// All names, by pages of a size; no page has more.
  func walk(_ node: TestNode, _ options: CallOptions, size: Int32) async throws -> [String] {
    var (names, token): ([String], String) = ([], "")
    repeat {
      let page = try await page(node, options, size, token)
      #expect(page.names.count <= size && !page.names.isEmpty, "\(name) by \(size)")
      names += page.names
      token = page.next
    } while !token.isEmpty && names.count < 2_000
    return names
  }
}

extension ShopTests {
  @Suite struct PagedListTests {
    /// Seven of each kind, four of them the first shop's where things are a shop's.
    static func fill(_ environment: AccessEnvironment) async throws {
      let things = try environment.things(for: .admin)
      for number in 0..<7 {
        let seller = number.isMultiple(of: 2) ? things.shops[0].seller : nil
        _ = try await things.key(of: seller)
        _ = try await things.certificate(of: seller)
        _ = try await things.role()
        _ = try await things.invitation()
      }
    }

    @Test("all pages together are the whole list in its order, whatever their size")
    func pagesAreTheWholeList() async throws {
      try await TestShop.make(products: 30).serve { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        try await Self.fill(environment)
        let top = environment.node
        let parent = try await PagedList.categories().walk(top, environment.options(for: .admin), size: 1_000)[0]
        // Six roles are there from the beginning, one of them made by people.
        let lists: [(PagedList, TestCaller, count: Int?)] = [
          (.keys, .admin, 7), (.keys, .seller, 4), (.certificates, .admin, 7), (.certificates, .seller, 4),
          (.roles, .admin, 13), (.invitations, .admin, 7), (.lowStock, .admin, nil), (.categories(), .guest, nil),
          (.categories(", \"depth_limit\": 1"), .guest, nil),
          (.categories(", \"parent_id\": \"\(parent)\""), .guest, nil),
        ]
        for (list, caller, count) in lists {
          let options = try environment.options(for: caller)
          let whole = try await list.walk(nodes[0], options, size: 250)
          #expect(Set(whole).count == whole.count && !whole.isEmpty, "\(list.name)")
          if let count { #expect(whole.count == count, "\(list.name) by \(caller)") }
          for size: Int32 in [1, 2, 3, 5, 6] {
            #expect(try await list.walk(nodes[0], options, size: size) == whole, "\(list.name) by \(size)")
          }
        }
      }
    }

    @Test("what comes while somebody turns pages moves nothing")
    func newElementsMoveNothing() async throws {
      try await TestShop.make(products: 60).serve { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        try await Self.fill(environment)
        let (things, options) = (try environment.things(for: .admin), try environment.options(for: .admin))
        let whole = try await PagedList.keys.walk(nodes[0], options, size: 250)
        let first = try await PagedList.keys.page(nodes[0], options, 3, "")
        _ = try await things.key(of: nil)
        let second = try await PagedList.keys.page(nodes[0], options, 250, first.next)
        #expect(first.names + second.names == whole)
      }
    }

    @Test("a token is good for its own list alone, and a page for so many elements")
    func badPages() async throws {
      try await TestShop.make(products: 60).serve { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        try await Self.fill(environment)
        let options = try environment.options(for: .admin)
        let token = try await PagedList.keys.page(nodes[0], options, 1, "").next
        let lists: [(PagedList, most: Int32)] = [
          (.keys, 250), (.certificates, 250), (.roles, 250), (.invitations, 250), (.lowStock, 250),
          (.categories(), 1_000),
        ]
        for (list, most) in lists {
          for size in [-1, most + 1] {
            let error = await failure { _ = try await list.page(nodes[0], options, size, "") }
            #expect(error?.code == .invalidArgument && error?.fields == ["page_size"], "\(list.name)")
          }
          if list.name == PagedList.keys.name { continue }
          let error = await failure { _ = try await list.page(nodes[0], options, 1, token) }
          #expect(error?.code == .invalidArgument && error?.fields == ["page_token"], "\(list.name)")
        }
      }
    }

    @Test("a page token whose category was taken out of the tree is refused when nothing is left to show")
    func goneCategory() async throws {
      try await TestShop.make(products: 60).serve { nodes in
        let gone = try #require(ID(AccessResources.absent))
        var fingerprint = Fingerprint()
        for filter in ["", String(Int32.max)] { fingerprint.add(filter) }
        let signer = TestShop.vault.tokenSigner(for: "/fastshop.catalog.v1.CatalogService/ListCategories")
        let token = PageToken(id: gone).text(filters: fingerprint, signedBy: signer)
        let error = await failure { _ = try await PagedList.categories().page(nodes[0], CallOptions(), 1, token) }
        #expect(error?.code == .invalidArgument && error?.fields == ["page_token"])
      }
    }

    @Test("10,000 keys, the most that there may be, are listed by pages that every client takes, on an index")
    func mostKeys() async throws {
      try await TestShop.make(products: 60).serve { nodes in
        let environment = try await AccessEnvironment(nodes[0])
        let things = try environment.things(for: .admin)
        let (owner, seller, scopes) = (things.account.id, things.shops[0].seller, PermissionSet.all.names)
        _ = try await things.make {
          """
          WITH made AS (
            INSERT INTO identity.api_key (name, owner_id, seller_id, hint, hash, scopes, created_at, updated_at)
            SELECT repeat('é', 100), \(owner)::uuid, CASE WHEN n % 100 = 0 THEN \(seller)::uuid END, 'abcd',
                   sha256(n::text::bytea), \(scopes)::text[], now(), now()
              FROM generate_series(1, \(ClientCredential.countMax)) n
            RETURNING id
          )
          SELECT count(*)::text AS id FROM made
          """
        }
        var (count, most, token) = (0, 0, "")
        repeat {
          let page = try await PagedList.keys.page(nodes[0], environment.options(for: .admin), 250, token)
          (count, most, token) = (count + page.names.count, max(most, page.bytes), page.next)
        } while !token.isEmpty
        #expect(count == ClientCredential.countMax)
        #expect(most < 1 << 20)
        #expect(try await PagedList.keys.walk(nodes[0], environment.options(for: .seller), size: 30).count == 100)
        try await Self.expectIndexes(things, seller: seller)
      }
    }

    private static func expectIndexes(_ things: AccessResources, seller: String) async throws {
      for shop in [nil, ID(seller)] {
        let caller = Caller(kind: .user, id: nil, role: shop == nil ? .admin : .seller, sellerID: shop)
        for kind: ClientCredentialList.Kind in [.keys, .certificates] {
          let signer = TestShop.vault.tokenSigner(for: "a list")
          let plan = try await things.plan {
            try ClientCredentialList(size: 50, token: "", of: kind, for: caller, signer).query
          }
          #expect(!plan.contains("Seq Scan on api_key") && (kind == .certificates || !plan.contains("Sort")), "\(plan)")
        }
      }
    }

    @Test("lists that stay whole are kept as short as their contract says")
    func wholeListsAreShort() {
      #expect(IdentitySettings.sessionsMax == 3)
      #expect(AddressBook.addressesMax == 50)
      #expect(ExternalSignInSettings.providersMax == 20)
      #expect(ExternalAccounts.countMax == 20)
    }
  }
}

extension AccessResources {
  /// How Postgres would carry a query out, with fresh statistics.
  fileprivate func plan(_ query: @escaping @Sendable () throws -> Query) async throws -> String {
    let loop = node.group.loops[0]
    return try await Task(executorPreference: loop) {
      let database = try #require(loop.database)
      _ = try await database.execute("ANALYZE identity.api_key")
      return try await database.rows("EXPLAIN (COSTS OFF) \(try query())", access: .write)
        .map { try $0.string("QUERY PLAN") }.joined(separator: "\n")
    }.value
  }
}

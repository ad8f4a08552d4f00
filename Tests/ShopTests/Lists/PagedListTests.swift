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
private typealias NamedPage = (names: [String], next: String, bytes: Int)

/// A list that is walked by pages.
private struct PagedList: Sendable {
  let name: String
  let page: @Sendable (TestNode, CallOptions, _ size: Int32, _ token: String) async throws -> NamedPage

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
        _ = try await things.application(of: try await things.newAccount())
        _ = try await things.newShop()
      }
    }

    @Test("a token is good for its own list alone, and a page has at most so many elements")
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
          let error = await failure { _ = try await list.page(nodes[0], options, -1, "") }
          #expect(error?.code == .invalidArgument && error?.fields == ["page_size"], "\(list.name)")
          for size in [most + 1, .max] {
            #expect(try await list.page(nodes[0], options, size, "").names.count <= most, "\(list.name)")
          }
          if list.name == PagedList.keys.name { continue }
          let foreign = await failure { _ = try await list.page(nodes[0], options, 1, token) }
          #expect(foreign?.code == .invalidArgument && foreign?.fields == ["page_token"], "\(list.name)")
        }
      }
    }

    @Test("10,000 keys, the most that there may be, are listed by pages that every client takes")
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
        let capped = try await PagedList.keys.page(nodes[0], environment.options(for: .admin), .max, "")
        #expect(capped.names.count == 250)
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

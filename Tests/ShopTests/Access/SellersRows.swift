import RPC

extension AccessRow {
  private static let service = "fastshop.sellers.v1.SellerService/"
  private static let admin = "fastshop.sellers.v1.SellerAdminService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  private static let staff: Set<TestCaller> = [.manager, .admin]
  private static let writers = TestCaller.ofFirstShop.union(TestCaller.ofSecondShop).union(TestCaller.ofNoShop)
    .union([.manager, .admin, .key, .certificate])
  /// People: no program changes a team.
  private static let owners: Set<TestCaller> = [.seller, .otherSeller, .sellerWithoutShop, .manager, .admin]

  /// A shop that a request names, with more fields.
  private static func shop(_ seller: String, _ more: String, _ names: [String] = []) -> AccessRequest {
    AccessRequest(json: "{\"seller_id\": \"\(seller)\"\(more)}", names: [seller] + names)
  }

  private static func id(_ things: AccessResources) -> String { ", \"request_id\": \"\(things.requestID)\"" }

  /// A shop of the first seller, of the second one, and none.
  private static func ofShops(
    _ more: @escaping @Sendable (_ things: AccessResources, _ seller: String) async throws -> (String, names: [String])
  ) -> AccessCase {
    .one("seller_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
      let seller = things.shop(whose, \.seller)
      let (fields, names) = try await more(things, seller)
      return shop(seller, fields, names)
    }
  }

  /// A person, or an invitation, of the first shop, of the second one, and none; the first shop is named.
  private static func ofFirstTeam(
    _ field: String, _ more: String = "", _ make: @escaping @Sendable (AccessResources, String) async throws -> String
  ) -> AccessCase {
    .one(field, own: .inFirstShop, others: missing, absent: missing) { things, whose in
      let target = try await things.ofShop(whose) { try await make(things, $0) }
      return shop(things.shops[0].seller, ", \"\(field)\": \"\(target)\"\(more)\(id(things))", [target])
    }
  }

  /// An application that waits, of somebody else, and none.
  private static func ofApplications(_ more: @escaping @Sendable (AccessResources) -> String) -> AccessCase {
    .one("application_id", others: found, absent: missing) { things, whose in
      let application =
        whose == .others ? try await things.application(of: try await things.newAccount()) : AccessResources.absent
      return AccessRequest(json: "{\"application_id\": \"\(application)\"\(more(things))}", names: [application])
    }
  }

  private static func decision(
    _ method: String, _ more: String = "", plainFields: Set<String> = []
  ) -> AccessRow {
    AccessRow(admin + method, staff, plainFields: plainFields, ofApplications { more + id($0) })
  }

  private static func stateChange(_ method: String, from state: String, _ more: String = "") -> AccessRow {
    AccessRow(
      admin + method, staff,
      .one("seller_id", others: found, absent: missing) { things, whose in
        shop(whose == .others ? try await things.newShop(state) : AccessResources.absent, more + id(things))
      })
  }

  /// What applicants do with the documents of their own applications.
  static let sellerDocuments = [
    AccessRow(
      service + "UploadSellerDocument", TestCaller.people, plainFields: ["name"],
      .one("application_id", own: found, others: missing, absent: missing) { things, whose in
        let application = try await things.owned(whose) { try await things.waitingApplication(of: $0.id) }
        let content = "\"name\": \"Extract\", \"chunk\": \"\(AccessResources.pixel)\""
        return AccessRequest(
          json: "{\"application_id\": \"\(application)\", \(content)\(id(things))}", names: [application])
      }),
    AccessRow(
      service + "ListSellerDocuments", TestCaller.people,
      .one("application_id", own: found, others: missing, absent: missing) { things, whose in
        let application = try await things.owned(whose) { try await things.waitingApplication(of: $0.id) }
        return AccessRequest(json: "{\"application_id\": \"\(application)\"}", names: [application])
      }),
    AccessRow(
      service + "DeleteSellerDocument", TestCaller.people,
      .one("document_id", own: found, others: missing, absent: missing) { things, whose in
        let document = try await things.owned(whose) {
          try await things.document(of: try await things.waitingApplication(of: $0.id))
        }
        return AccessRequest(json: "{\"document_id\": \"\(document)\"\(id(things))}", names: [document])
      }),
    AccessRow(
      admin + "DownloadSellerDocument", staff,
      .one("document_id", others: found, absent: missing) { things, whose in
        let document =
          whose == .others
          ? try await things.document(of: try await things.application(of: try await things.newAccount()))
          : AccessResources.absent
        return AccessRequest(json: "{\"document_id\": \"\(document)\"}", names: [document])
      }),
  ]

  static let shops = [
    AccessRow(
      service + "ApplyAsSeller", TestCaller.people,
      plainFields: ["slug", "name", "trader.company_name", "trader.vat_id", "trader.email"],
      AccessCase(fields: [], outcomes: [.own: .all(.failedPrecondition).but(.ok, for: [.customer])], sees: nil) {
        things, _ in
        try await things.endApplications(of: things.account.id)
        let more = ", \"description\": \"Desks\"\(id(things))"
        return AccessRequest(
          json: """
            {"slug": "shop-\(things.requestID)", "name": "Oak", "trader": \(AccessResources.traderJSON)\(more)}
            """)
      }),
    AccessRow(
      service + "GetSellerApplication", TestCaller.people,
      .one("application_id", own: found, others: missing, absent: missing) { things, whose in
        let application = try await things.owned(whose) { try await things.application(of: $0.id, "rejected") }
        return AccessRequest(json: "{\"application_id\": \"\(application)\"}", names: [application])
      }),
    AccessRow(
      service + "GetShop", TestCaller.everybody,
      .one("seller_id", own: found, others: found, absent: missing) { things, whose in
        shop(things.shop(whose, \.seller), "")
      },
      .one("slug", own: found, others: found, absent: missing) { things, whose in
        let slug = try await things.ofShop(whose) { try await things.slug(of: $0) }
        return AccessRequest(json: "{\"slug\": \"\(slug)\"}", names: [slug])
      }),
    AccessRow(service + "ListShops", TestCaller.everybody, .plain(.ok)),
    AccessRow(
      service + "UpdateShop", writers, plainFields: ["profile.name"],
      .one("profile.seller_id", own: .inFirstShop, others: .inSecondShop, absent: missing) { things, whose in
        let seller = things.shop(whose, \.seller)
        let profile = "{\"seller_id\": \"\(seller)\", \"name\": \"Oak & Iron\", \"description\": \"Desks\"}"
        return AccessRequest(
          json: "{\"profile\": \(profile), \"update_mask\": \"name,description\"\(id(things))}", names: [seller])
      }),
    AccessRow(
      service + "SetHoliday", writers,
      ofShops { things, _ in (", \"holiday\": \(try await things.holidayJSON())\(id(things))", []) }),
    AccessRow(service + "ListTeam", owners, ofShops { _, _ in ("", []) }),
    AccessRow(
      service + "InviteTeamMember", owners,
      ofShops { things, _ in
        (", \"email\": \"team@example.com\", \"role\": \"TEAM_ROLE_CATALOG\"\(id(things))", [])
      },
      .one("email", own: .inFirstShop, others: .inFirstShop, absent: .inFirstShop) { things, whose in
        let email = things.email(whose)
        return shop(
          things.shops[0].seller, ", \"email\": \"\(email)\", \"role\": \"TEAM_ROLE_CATALOG\"\(id(things))", [email])
      }),
    AccessRow(
      service + "UpdateTeamMember", owners,
      ofShops { things, seller in
        let user = seller == AccessResources.absent ? seller : try await things.member(of: seller)
        return (", \"user_id\": \"\(user)\", \"role\": \"TEAM_ROLE_FULFILMENT\"\(id(things))", [user])
      },
      ofFirstTeam("user_id", ", \"role\": \"TEAM_ROLE_FULFILMENT\"") { try await $0.member(of: $1) }),
    AccessRow(
      service + "RemoveTeamMember", owners,
      ofShops { things, seller in
        let user = seller == AccessResources.absent ? seller : try await things.member(of: seller)
        return (", \"user_id\": \"\(user)\"\(id(things))", [user])
      },
      ofFirstTeam("user_id") { try await $0.member(of: $1) },
      ofFirstTeam("invitation_id") { try await $0.teamInvitation(to: $1) }),
    AccessRow(admin + "ListSellerApplications", staff, .plain(.ok)),
    AccessRow(admin + "InspectSellerApplication", staff, ofApplications { _ in "" }),
    decision("ApproveSeller", plainFields: ["slug"]),
    decision("RejectSeller", ", \"reason\": \"The register has no such number.\""),
    AccessRow(admin + "ListSellers", staff, .plain(.ok)),
    stateChange("SuspendSeller", from: "active", ", \"reason\": \"A recall is open.\""),
    stateChange("ReinstateSeller", from: "suspended"),
  ]
}

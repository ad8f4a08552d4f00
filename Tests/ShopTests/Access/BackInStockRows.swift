import Platform
import Postgres
import RPC

@testable import Inventory

/// Who asks for mails about what is sold out.
extension AccessRow {
  private static let backInStockService = "fastshop.inventory.v1.BackInStockService/"
  private static let ofAccounts = AccessOutcome.all(.invalidArgument).but(.ok, for: TestCaller.people)

  /// A subscription of a guest.
  private static func subscription(_ things: AccessResources) async throws -> String {
    let shop = things.shops[0]
    return try await things.make {
      """
      INSERT INTO inventory.back_in_stock AS b (variant_id, email, email_key, created_at)
      VALUES (\(shop.variant)::uuid, 'guest@example.com', 'guest@example.com', now())
          ON CONFLICT ON CONSTRAINT back_in_stock_of_email DO UPDATE SET confirmed_at = NULL
      RETURNING b.id
      """
    }
  }

  private static let ofToken = AccessCase.one(
    "token", own: .all(.ok), absent: .all(.notFound)
  ) { things, whose in
    let made = try await subscription(things)
    let token = whose == .own ? BackInStockToken.text(of: ID(made) ?? .none, TestShop.vault) : "A"
    return AccessRequest(json: "{\"token\": \"\(token)\"}", names: [token])
  }

  static let backInStock = [
    AccessRow(
      backInStockService + "SubscribeBackInStock", TestCaller.everybody, plainFields: ["email"],
      // It is in stock, whoever asks: BackInStockTests asks for what is not.
      .one(
        "variant_id", own: .all(.failedPrecondition), absent: .all(.notFound)
      ) { things, whose in
        try await things.addStock(in: things.shops[0])
        let id = things.shop(whose, \.variant)
        let email = TestCaller.people.contains(things.caller) ? "" : "guest@example.com"
        return AccessRequest(json: "{\"variant_id\": \"\(id)\", \"email\": \"\(email)\"}", names: [id])
      }),
    AccessRow(backInStockService + "ConfirmBackInStock", TestCaller.everybody, ofToken),
    AccessRow(
      backInStockService + "UnsubscribeBackInStock", TestCaller.everybody,
      .one("variant_id", own: ofAccounts, absent: ofAccounts) { things, whose in
        let id = things.shop(whose, \.variant)
        return AccessRequest(json: "{\"variant_id\": \"\(id)\"}", names: [id])
      }, ofToken),
  ]
}

import Catalog
import Identity
import Inventory
import Platform
import Promotions
import RPC
import Security
import Sellers
import Taxes

/// All reasons of errors, by module.
struct ReasonIndex {
  /// One reason and its description.
  struct Entry {
    let name: String
    let definition: ErrorDefinition
  }

  /// The reasons of one module.
  struct Group {
    let title: String
    let entries: [Entry]

    init<Reason: ErrorReason>(_ title: String, _ type: Reason.Type) {
      self.title = title
      entries = Reason.allCases.map { Entry(name: $0.rawValue, definition: $0.definition) }
    }
  }

  let groups: [Group]

  /// All that the program has: a module's reasons are a line here.
  static let all = ReasonIndex(groups: [
    Group("Any method", PlatformReason.self),
    Group("The gRPC runtime", RuntimeReason.self),
    Group("Resources and streams", ResourceReason.self),
    Group("Catalog", CatalogReason.self),
    Group("Images", MediaReason.self),
    Group("Identity", IdentityReason.self),
    Group("Inventory", InventoryReason.self),
    Group("Promotions", PromotionsReason.self),
    Group("Security", SecurityReason.self),
    Group("Sellers", SellersReason.self),
    Group("Taxes", TaxesReason.self),
  ])

  /// docs/errors.md, as Markdown.
  var markdown: String {
    var text = """
      # Errors

      A failed call has a status, a message for developers, and details for programs (`google.rpc`, in
      `grpc-status-details-bin` or in the JSON of Connect). One detail is always an `ErrorInfo` with the domain
      `\(ErrorDomain.name)`; its `reason` is one of those below. The name and the status of a reason do not change.
      Messages may change, so programs should use the reason. `make docs` generates this page.


      """
    for group in groups {
      text += "## \(group.title)\n\n| reason | status | meaning |\n|---|---|---|\n"
      for entry in group.entries {
        text += Markdown.row([
          "<a id=\"\(entry.name.lowercased())\"></a>`\(entry.name)`", entry.definition.code.name,
          entry.definition.meaning,
        ])
      }
      text += "\n"
    }
    return text
  }

  /// The reasons for which a method of this policy may fail, each linked to the page of errors.
  func links(of policy: MethodPolicy) -> String {
    let own = policy.errors.map { "[`\($0)`](../errors.md#\($0.lowercased()))" }
    return (own + ["those [of any method](../errors.md#any-method)"]).joined(separator: ", ")
  }
}

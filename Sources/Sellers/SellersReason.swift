package import RPC

/// This module's reasons of errors.
package enum SellersReason: String, ErrorReason {
  case applicantNotCustomer = "APPLICANT_NOT_CUSTOMER"
  case applicationWaiting = "APPLICATION_WAITING"
  case shopSlugTaken = "SHOP_SLUG_TAKEN"

  package var definition: ErrorDefinition {
    switch self {
    case .applicantNotCustomer:
      .init(
        .failedPrecondition,
        "the applicant is no customer: only a customer, who runs no shop and works for nobody here, becomes a seller")
    case .applicationWaiting:
      .init(.failedPrecondition, "the user has an application that waits for a decision")
    case .shopSlugTaken: .init(.alreadyExists, "a shop has this slug; choose another one")
    }
  }
}

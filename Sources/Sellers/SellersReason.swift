package import RPC

/// This module's reasons of errors.
package enum SellersReason: String, ErrorReason {
  case applicantNotCustomer = "APPLICANT_NOT_CUSTOMER"
  case applicationWaiting = "APPLICATION_WAITING"
  case shopSlugTaken = "SHOP_SLUG_TAKEN"
  case applicationDecided = "APPLICATION_DECIDED"
  case documentTypeUnknown = "SELLER_DOCUMENT_TYPE_UNKNOWN"
  case documentDamaged = "SELLER_DOCUMENT_DAMAGED"
  case documentTooLarge = "SELLER_DOCUMENT_TOO_LARGE"
  case documentTooMany = "SELLER_DOCUMENT_TOO_MANY"
  case documentBusy = "SELLER_DOCUMENT_BUSY"
  case documentStoreUnavailable = "SELLER_DOCUMENT_STORE_UNAVAILABLE"

  package var definition: ErrorDefinition {
    switch self {
    case .applicantNotCustomer:
      .init(
        .failedPrecondition,
        "the applicant is no customer: only a customer, who runs no shop and works for nobody here, becomes a seller")
    case .applicationWaiting:
      .init(.failedPrecondition, "the user has an application that waits for a decision")
    case .shopSlugTaken: .init(.alreadyExists, "a shop has this slug; choose another one")
    case .applicationDecided:
      .init(.failedPrecondition, "staff have decided about the application, and its documents stay as they are")
    case .documentTypeUnknown: .init(.invalidArgument, "the content is no PDF, JPEG or PNG")
    case .documentDamaged: .init(.invalidArgument, "the document has no end: it is cut or damaged")
    case .documentTooLarge: .init(.invalidArgument, "the document has more bytes than `metadata.limit_bytes`")
    case .documentTooMany:
      .init(.failedPrecondition, "the application has `metadata.limit` documents already; delete one first")
    case .documentBusy:
      .init(
        .unavailable,
        "too many uploads are in progress, of the applicant or of all; `RetryInfo` says when to try again")
    case .documentStoreUnavailable: .init(.unavailable, "the store of documents cannot be used at this moment")
    }
  }
}

internal import Files
internal import Logging
internal import Platform
internal import RPC

/// The reason why this module refuses a call.
enum SellersError: Error, Equatable {
  case noSuchShop(String)
  case noSuchApplication(String)
  /// The applicant has another role than a customer's, or the account is disabled.
  case applicantNotCustomer
  case applicationWaiting
  case slugTaken(String)
  case noSuchDocument(String)
  case applicationDecided
  case documentTypeUnknown
  case documentDamaged
  case documentTooLarge
  case documentTooMany
  /// Until when at most.
  case documentBusy(for: Duration)
  case documentStoreUnavailable
}

extension SellersError {
  /// Runs `body`, whose failures are the store's.
  static func ofStore<R>(_ body: () async throws(BlobError) -> R) async throws -> R {
    do throws(BlobError) {
      return try await body()
    } catch {
      Logger(label: "fastshop.sellers").warning(
        "the store of documents failed", metadata: ["reason": "\(error)"])
      throw SellersError.documentStoreUnavailable
    }
  }
}

extension SellersError: RPCErrorConvertible {
  var rpcError: RPCError {
    switch self {
    case .noSuchShop(let name): .notFound("fastshop.sellers.v1.Shop", name)
    case .noSuchApplication(let name): .notFound("fastshop.sellers.v1.SellerApplication", name)
    case .applicantNotCustomer: SellersReason.applicantNotCustomer.error()
    case .applicationWaiting: SellersReason.applicationWaiting.error()
    case .slugTaken(let slug): SellersReason.shopSlugTaken.error("a shop has the slug \(slug)")
    case .noSuchDocument(let name): .notFound("fastshop.sellers.v1.SellerDocument", name)
    case .applicationDecided: SellersReason.applicationDecided.error()
    case .documentTypeUnknown: refused(.documentTypeUnknown, "Must be a PDF, JPEG or PNG.")
    case .documentDamaged: refused(.documentDamaged, "Must be a whole document.")
    case .documentTooLarge:
      refused(
        .documentTooLarge, "Must have at most \(DocumentContent.bytesMax) bytes.",
        ["limit_bytes": "\(DocumentContent.bytesMax)"])
    case .documentTooMany:
      SellersReason.documentTooMany.error(metadata: ["limit": "\(StoredDocument.countMax)"])
    case .documentBusy(let delay): SellersReason.documentBusy.error(details: [.retryInfo(delay: delay)])
    case .documentStoreUnavailable: SellersReason.documentStoreUnavailable.error()
    }
  }

  private func refused(_ reason: SellersReason, _ text: String, _ metadata: [String: String] = [:]) -> RPCError {
    reason.error(metadata: metadata, details: [.badRequest([.init(field: "chunk", description: text)])])
  }
}

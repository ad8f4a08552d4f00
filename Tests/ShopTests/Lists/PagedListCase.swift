import AuditAPI
import CatalogAPI
import IdentityAPI
import InventoryAPI
import Platform
import Postgres
import PromotionsAPI
import Protobuf
import RPC
import SecurityAPI
import SellersAPI
import TaxesAPI
import Testing

@testable import Catalog
@testable import DemoShop
@testable import Identity
@testable import Inventory
@testable import Platform
@testable import Promotions
@testable import Security
@testable import Sellers
@testable import Taxes

/// Resources that the requests of lists name.
struct ListValues: Sendable {
  var category = InputRule.absent
  var seller = InputRule.absent
  var brand = "Holt"
  var user = InputRule.absent
  var variant = InputRule.absent
  var priceList = InputRule.absent
  /// The first collection of the demo shop.
  var collection = DemoID(.collection, 0).description
  var product = InputRule.absent
  /// The first good of the demo shop that several sellers offer.
  var productPage = "00000000-0000-8000-8004-000000000013"
  /// The first coupon of the demo shop, which has several codes.
  var coupon = "00000000-0000-8000-8020-000000000001"
}

/// A list of the API, as a module declares it.
struct PagedListCase: Sendable {
  /// The path of its method.
  let path: String
  /// The field with the order, as JSON behind a comma: one for each order.
  private(set) var orders = [""]
  /// The fields with the filters, each as JSON behind a comma.
  private(set) var filters: [String] = []
  /// Who sees different rows.
  private(set) var callers: [TestCaller] = [.admin]
  /// The list of a request.
  let list: @Sendable (_ json: String, _ caller: Caller) throws -> any PagedList

  /// Requests in every order, without a filter and with each alone.
  var requests: [String] { orders.flatMap { order in ([""] + filters).map { order + $0 } } }

  /// Requests in every order, with every set of filters.
  var allRequests: [String] {
    let sets = filters.reduce([""]) { sets, filter in sets + sets.map { $0 + filter } }
    return orders.flatMap { order in sets.map { order + $0 } }
  }

  private static var signer: TokenSigner { TestShop.vault.tokenSigner(for: "a list") }

  private static func read<Request: Message>(_ type: Request.Type, _ json: String) throws -> Request {
    try Request(json: "{\"page_size\": 20\(json)}", in: Arena())
  }

  static func all(_ values: ListValues = ListValues()) -> [PagedListCase] {
    catalog(values) + collections(values) + prices(values) + identity + sellers + stock(values) + security(values)
      + coupons(values)
      + taxes(values)
  }

  private static func security(_ values: ListValues) -> [PagedListCase] {
    [
      PagedListCase(
        path: "/fastshop.security.v1.SecurityService/ListSecurityEvents",
        filters: [", \"kind\": \"SECURITY_EVENT_KIND_NEW_DEVICE\"", ", \"user_id\": \"\(values.user)\""]
      ) { json, _ in try SecurityEventList(read(ListSecurityEventsRequest.self, json), signer) },
      PagedListCase(
        path: "/fastshop.audit.v1.AuditService/ListAuditEntries",
        filters: [
          ", \"resource_type\": \"test.Thing\"", ", \"action\": \"test.\"", ", \"actor_id\": \"\(values.user)\"",
          ", \"start_time\": \"2020-01-01T00:00:00Z\"", ", \"end_time\": \"9000-01-01T00:00:00Z\"",
        ]
      ) { json, _ in try AuditList(read(ListAuditEntriesRequest.self, json), signer) },
    ]
  }

  private static func taxes(_ values: ListValues) -> [PagedListCase] {
    let service = "/fastshop.taxes.v1.TaxService/"
    return [
      PagedListCase(
        path: service + "ListTaxRates", filters: [", \"country\": \"AT\"", ", \"valid_on\": \"2027-01-31\""]
      ) { json, _ in try TaxRateList(read(ListTaxRatesRequest.self, json), signer) },
      PagedListCase(path: service + "ListTaxCategories") { json, _ in
        try TaxCategoryList(read(ListTaxCategoriesRequest.self, json), signer)
      },
      PagedListCase(
        path: service + "ListTaxExemptions", filters: [", \"user_id\": \"\(values.user)\""]
      ) { json, _ in try ExemptionList(read(ListTaxExemptionsRequest.self, json), signer) },
    ]
  }

  private static func catalog(_ values: ListValues) -> [PagedListCase] {
    [
      PagedListCase(
        path: "/fastshop.catalog.v1.CatalogService/ListProducts", orders: (0...5).map { ", \"sort\": \($0)" },
        filters: [
          ", \"category_id\": \"\(values.category)\"", ", \"seller_id\": \"\(values.seller)\"",
          ", \"brand\": \"\(values.brand)\"", ", \"min_price_minor\": 1", ", \"max_price_minor\": 100000000",
        ], callers: [.guest]
      ) { json, _ in try ProductList(read(ListProductsRequest.self, json), in: .euro, signer) },
      PagedListCase(
        path: "/fastshop.catalog.v1.CatalogService/ListCategories",
        filters: [", \"depth_limit\": 1", ", \"parent_id\": \"\(values.category)\""], callers: [.guest]
      ) { json, _ in try CategoryList(read(ListCategoriesRequest.self, json), signer) },
      PagedListCase(
        path: "/fastshop.catalog.v1.CatalogService/ListOffers",
        orders: [", \"product_page_id\": \"\(values.productPage)\""], callers: [.guest]
      ) { json, _ in try OfferList(read(ListOffersRequest.self, json), signer) },
      PagedListCase(
        path: "/fastshop.catalog.v1.ProductPageService/ListProductPages", filters: [", \"gtin_prefix\": \"04\""]
      ) { json, _ in try ProductPageList(read(ListProductPagesRequest.self, json), signer) },
      PagedListCase(
        path: "/fastshop.catalog.v1.ProductService/ListManagedProducts",
        filters: [
          ", \"seller_id\": \"\(values.seller)\"", ", \"status\": \"PRODUCT_STATUS_ACTIVE\"",
          ", \"status\": \"PRODUCT_STATUS_ARCHIVED\"", ", \"search\": \"desk\"",
        ],
        callers: [.admin, .seller, .sellerWithoutShop]
      ) { try ManagedProductList(read(ListManagedProductsRequest.self, $0), for: $1, signer) },
      PagedListCase(path: "/fastshop.catalog.v1.ProductTypeService/ListProductTypes") { json, _ in
        try ProductTypeList(read(ListProductTypesRequest.self, json), signer)
      },
      ofChannel("web", showsAll: true, values), ofChannel("wholesale", showsAll: false, values),
      PagedListCase(path: "/fastshop.catalog.v1.ChannelService/ListChannels") { json, _ in
        try ChannelPages(read(ListChannelsRequest.self, json), signer)
      },
      PagedListCase(
        path: "/fastshop.catalog.v1.ChannelService/ListChannelListings",
        filters: [", \"product_id\": \"\(values.product)\"", ", \"channel\": \"wholesale\""],
        callers: [.admin, .seller, .sellerWithoutShop]
      ) { try ChannelListingPages(read(ListChannelListingsRequest.self, $0), for: $1, signer) },
      missingTranslations(["", "CATEGORY", "PRODUCT_TYPE", "SHOP", "COLLECTION"], by: [.admin]),
      missingTranslations(["PRODUCT", "SHOP"], by: [.seller, .sellerWithoutShop]),
    ]
  }

  private static func collections(_ values: ListValues) -> [PagedListCase] {
    [
      PagedListCase(path: "/fastshop.catalog.v1.CatalogService/ListCollections", callers: [.guest]) { json, _ in
        try CollectionList(read(ListCollectionsRequest.self, json), signer)
      },
      PagedListCase(path: "/fastshop.catalog.v1.CollectionService/ListManagedCollections") { json, _ in
        try CollectionList(read(ListManagedCollectionsRequest.self, json), signer)
      },
      PagedListCase(
        path: "/fastshop.catalog.v1.CatalogService/ListCollectionProducts",
        orders: [", \"collection_id\": \"\(values.collection)\""], callers: [.guest]
      ) { json, _ in try CollectionProductList(read(ListCollectionProductsRequest.self, json), signer) },
    ]
  }

  /// The products that a channel of the demo shop shows.
  private static func ofChannel(_ code: String, showsAll: Bool, _ values: ListValues) -> PagedListCase {
    let channel = ShopChannel(id: ID(InputRule.absent) ?? .none, showsAll: showsAll)
    return PagedListCase(
      path: "/fastshop.catalog.v1.CatalogService/ListProducts",
      orders: (1...5).map { ", \"channel\": \"\(code)\", \"sort\": \($0)" },
      filters: [", \"category_id\": \"\(values.category)\"", ", \"brand\": \"\(values.brand)\""], callers: [.guest]
    ) { json, _ in try ChannelProductList(read(ListProductsRequest.self, json), in: channel, .euro, signer) }
  }

  private static func prices(_ values: ListValues) -> [PagedListCase] {
    let service = "/fastshop.catalog.v1.PriceService/"
    let callers: [TestCaller] = [.admin, .seller, .sellerWithoutShop]
    return [
      PagedListCase(
        path: service + "ListPrices",
        filters: [", \"variant_id\": \"\(values.variant)\"", ", \"price_list_id\": \"\(values.priceList)\""],
        callers: callers
      ) { try PricePages(read(ListPricesRequest.self, $0), for: $1, signer) },
      PagedListCase(
        path: service + "ListPriceHistory",
        filters: [", \"variant_id\": \"\(values.variant)\"", ", \"channel\": \"web\"", ", \"currency\": \"EUR\""],
        callers: callers
      ) { try PricePages(read(ListPriceHistoryRequest.self, $0), for: $1, signer) },
      PagedListCase(
        path: service + "ListPriceLists", filters: [", \"seller_id\": \"\(values.seller)\""], callers: callers
      ) { try PriceListPages(read(ListPriceListsRequest.self, $0), for: $1, signer) },
    ]
  }

  private static func missingTranslations(_ kinds: [String], by callers: [TestCaller]) -> PagedListCase {
    PagedListCase(
      path: "/fastshop.catalog.v1.TranslationService/ListMissingTranslations",
      orders: kinds.map {
        ", \"locale\": \"fr\"" + ($0.isEmpty ? "" : ", \"kind\": \"TRANSLATED_KIND_\($0)\"")
      }, callers: callers
    ) { try MissingTranslationList(read(ListMissingTranslationsRequest.self, $0), for: $1, signer) }
  }

  private static func stock(_ values: ListValues) -> [PagedListCase] {
    [
      PagedListCase(
        path: "/fastshop.inventory.v1.InventoryService/ListLowStock",
        callers: [.admin, .seller, .sellerWithoutShop]
      ) { try LowStockList(read(ListLowStockRequest.self, $0), for: $1, signer) },
      PagedListCase(
        path: "/fastshop.inventory.v1.InventoryService/ListMovements",
        filters: [", \"variant_id\": \"\(values.variant)\"", ", \"warehouse_id\": \"\(values.seller)\""],
        callers: [.admin, .seller, .sellerWithoutShop]
      ) { try MovementList(read(ListMovementsRequest.self, $0), for: $1, signer) },
      PagedListCase(
        path: "/fastshop.inventory.v1.InventoryService/ListReservations",
        filters: [", \"variant_id\": \"\(values.variant)\""], callers: [.admin, .seller, .sellerWithoutShop]
      ) { try ReservationList(read(ListReservationsRequest.self, $0), for: $1, signer) },
      PagedListCase(
        path: "/fastshop.inventory.v1.WarehouseService/ListWarehouses",
        filters: [", \"seller_id\": \"\(values.seller)\""], callers: [.admin, .seller, .sellerWithoutShop]
      ) { try WarehouseList(read(ListWarehousesRequest.self, $0), for: $1, signer) },
    ]
  }

  private static func coupons(_ values: ListValues) -> [PagedListCase] {
    let service = "/fastshop.promotions.v1.CouponService/"
    return [
      PagedListCase(
        path: service + "ListCoupons",
        filters: [", \"seller_id\": \"\(values.seller)\"", ", \"state\": \"COUPON_STATE_ACTIVE\""],
        callers: [.admin, .seller, .sellerWithoutShop]
      ) { try CouponList(read(ListCouponsRequest.self, $0), for: $1, signer) },
      PagedListCase(
        path: service + "ListCouponCodes", orders: [", \"coupon_id\": \"\(values.coupon)\""],
        filters: [", \"batch_id\": \"\(values.coupon)\""], callers: [.admin, .seller, .sellerWithoutShop]
      ) { try CouponCodeList(read(ListCouponCodesRequest.self, $0), for: $1, signer) },
    ]
  }

  private static let sellers = [
    PagedListCase(
      path: "/fastshop.sellers.v1.SellerAdminService/ListSellerApplications",
      filters: [", \"state\": \"SELLER_APPLICATION_STATE_SUBMITTED\""]
    ) { json, _ in try ApplicationList(read(ListSellerApplicationsRequest.self, json), signer) },
    PagedListCase(
      path: "/fastshop.sellers.v1.SellerAdminService/ListSellers", filters: [", \"state\": \"SHOP_STATE_ACTIVE\""]
    ) { json, _ in try ShopList(read(ListSellersRequest.self, json), at: .now, signer) },
    PagedListCase(path: "/fastshop.sellers.v1.SellerService/ListShops", callers: [.guest]) { json, _ in
      try ShopList(read(ListShopsRequest.self, json), at: .now, signer)
    },
  ]

  private static let identity = [
    PagedListCase(
      path: "/fastshop.identity.v1.UserService/ListUsers",
      filters: [
        ", \"role\": \"support\"", ", \"is_disabled\": true", ", \"search\": \"walk\"",
      ]
    ) { json, _ in try UserList(read(ListUsersRequest.self, json), signer) },
    PagedListCase(path: "/fastshop.identity.v1.RoleService/ListRoles") { json, _ in
      try RoleList(read(ListRolesRequest.self, json), signer)
    },
    PagedListCase(path: "/fastshop.identity.v1.InvitationService/ListInvitations") { json, _ in
      try InvitationList(read(ListInvitationsRequest.self, json), at: .now, signer)
    },
    PagedListCase(
      path: "/fastshop.identity.v1.ApiKeyService/ListApiKeys",
      callers: [.admin, .seller, .sellerWithoutShop, .keyWithoutAny]
    ) { try APIKeyList(read(ListApiKeysRequest.self, $0), for: $1, signer) },
    PagedListCase(
      path: "/fastshop.identity.v1.ClientCertificateService/ListCertificates",
      callers: [.admin, .seller, .sellerWithoutShop, .keyWithoutAny]
    ) { try CertificateList(read(ListCertificatesRequest.self, $0), for: $1, signer) },
  ]
}

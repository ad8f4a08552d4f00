import FastShopAPI
import Platform
import RPC
import Testing

@testable import fastshop

@Suite struct CallingTests {
  @Test(arguments: [
    ("fastshop.catalog.v1.CatalogService/GetProduct", "/fastshop.catalog.v1.CatalogService/GetProduct"),
    ("/fastshop.catalog.v1.CatalogService/GetProduct", "/fastshop.catalog.v1.CatalogService/GetProduct"),
    ("catalog.v1.CatalogService/GetProduct", "/fastshop.catalog.v1.CatalogService/GetProduct"),
    ("InventoryService/WatchInventory", "/fastshop.inventory.v1.InventoryService/WatchInventory"),
    ("Health/Check", "/grpc.health.v1.Health/Check"),
  ])
  func `a method is found by the end of its service's name`(text: String, path: String) throws {
    #expect(try MethodDirectory(services: StandardServices.known(with: fastshopAPIServices)).method(text).path == path)
  }

  @Test(arguments: [
    ("CatalogService", "is not a method"),
    ("a/b/c", "is not a method"),
    ("Catalog/GetProduct", "There is no service \"Catalog\". There are:\n  fastshop.audit.v1.AuditService"),
    ("CatalogService/Get", "fastshop.catalog.v1.CatalogService has no method \"Get\". It has:\n  GetProduct"),
    ("ServerReflection/ServerReflectionInfo", "is ambiguous"),
  ])
  func `a method that is not there is told with what there is`(text: String, says: String) {
    let error = #expect(throws: MethodDirectory.Failure.self) {
      try MethodDirectory(services: StandardServices.known(with: fastshopAPIServices)).method(text)
    }
    #expect(error?.description.contains(says) == true, "it says: \(error?.description ?? "nothing")")
  }

  @Test func `a failure is told with its details`() {
    let error = RPCError(
      .invalidArgument, "the request is faulty",
      details: [
        .badRequest([.init(field: "page_size", description: "must be 1 to 250")]),
        .retryInfo(delay: .milliseconds(1500)),
        .errorInfo(reason: "SOLD_OUT", domain: "fastshop.inventory", metadata: ["b": "2", "a": "1"]),
        .resourceInfo(type: "product", name: "x", description: ""),
      ])
    #expect(
      CallReport.text(error) == """
        INVALID_ARGUMENT: the request is faulty
          page_size: must be 1 to 250
          try again in 1.5 seconds
          SOLD_OUT (fastshop.inventory)
            a: 1
            b: 2
          product "x"
        """)
    #expect(CallReport.exitCode(error) == 67)
  }

  @Test(arguments: [
    ("127.0.0.1:8443", "127.0.0.1"), ("[::1]:8443", "::1"), ("shop.example:443", "shop.example"),
    ("unix:/run/shop", "localhost"),
  ])
  func `the certificate must be for the host that was written`(address: String, host: String) {
    #expect(CallTarget.host(address) == host)
  }

  @Test(
    arguments: [
      ("shop.example:443", "shop.example:443"), ("[::1]:8443", "[::1]:8443"), ("unix:/run/shop", nil),
      ("bücher.example:443", nil),
    ] as [(String, String?)])
  func `the server is asked for by the name that was written`(address: String, authority: String?) {
    #expect(CallTarget.authority(address) == authority)
  }

  @Test func `a stream of requests has one on each line`() {
    #expect(RequestSource.requests("{}\n\n{\"a\": 1}\n", isStream: true) == ["{}", "{\"a\": 1}"])
    #expect(RequestSource.requests("{\n}", isStream: false) == ["{\n}"])
  }
}

import FastShopAPI
import RPC
import Testing

@testable import Platform

/// The time that a call has if its caller names no deadline.
@Suite struct MethodDeadlineTests {
  @Test(
    "every method of the API has one if it is no stream", arguments: StandardServices.known(with: fastshopAPIServices))
  func everyMethod(service: ServiceDescriptor) throws {
    for (method, policy) in try DeclaredPolicies(service).all {
      guard method.kind == .unary else {
        #expect(policy.deadline == nil, "\(method.path) is a stream")
        continue
      }
      let deadline = try #require(policy.deadline, "\(method.path) has no deadline")
      #expect(deadline > .zero && deadline <= .seconds(DefaultDeadline.secondsMax), "\(method.path)")
    }
  }

  @Test("the server applies what the policies say")
  func rulesOfTheServer() throws {
    let service = try #require(fastshopAPIServices.first { $0.fullName == "fastshop.inventory.v1.InventoryService" })
    let rules = try PolicyTable(services: [UnboundService(serviceDescriptor: service)]).requestRules
    #expect(rules["/fastshop.inventory.v1.InventoryService/GetStock"]?.deadline == DefaultDeadline.read)
    #expect(rules["/fastshop.inventory.v1.InventoryService/AdjustStock"]?.deadline == DefaultDeadline.write)
    let stream = try #require(rules["/fastshop.inventory.v1.InventoryService/WatchInventory"])
    #expect(stream.deadline == nil)
  }

  @Test(
    "it follows from what a method does",
    arguments: [
      (MethodKind.unary, true, LimiterClass.browse, Duration.seconds(15)), (.unary, false, .standard, .seconds(30)),
      (.unary, true, .bulk, .seconds(300)), (.unary, false, .bulk, .seconds(30)),
      (.serverStreaming, true, .stream, nil), (.bidirectional, false, .standard, nil),
    ] as [(MethodKind, Bool, LimiterClass, Duration?)])
  func usual(kind: MethodKind, isSideEffectFree: Bool, limiterClass: LimiterClass, wanted: Duration?) {
    #expect(DefaultDeadline.usual(of: kind, isSideEffectFree: isSideEffectFree, limiterClass) == wanted)
  }
}

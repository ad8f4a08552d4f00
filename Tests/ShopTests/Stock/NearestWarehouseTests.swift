import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Inventory

extension GeoPoint {
  /// A place by degrees.
  fileprivate static func at(_ latitude: Double, _ longitude: Double) -> GeoPoint {
    GeoPoint(
      latitudeMicrodegrees: Int32((latitude * 1_000_000).rounded()),
      longitudeMicrodegrees: Int32((longitude * 1_000_000).rounded())) ?? vienna
  }

  fileprivate static let vienna = at(48.2082, 16.3738)
  fileprivate static let berlin = at(52.52, 13.405)
  fileprivate static let graz = at(47.0707, 15.4395)
}

@Suite struct GeoPointTests {
  /// The distances are those of a sphere with the mean radius of the earth.
  private static let distances: [(name: String, GeoPoint, GeoPoint, meters: ClosedRange<Int64>)] = [
    ("nowhere else", .vienna, .vienna, 0...0),
    ("a tenth of a metre", .at(0, 0), .at(0.000001, 0), 0...0),
    ("a degree of the equator", .at(0, 0), .at(0, 1), 111_195...111_195),
    ("a quarter of the earth", .at(90, 0), .at(0, 77), 10_007_557...10_007_557),
    ("opposite", .at(0, 0), .at(0, 180), 20_015_113...20_015_115),
    ("opposite, beside the equator", .at(12.3, 45.6), .at(-12.3, -134.4), 20_015_113...20_015_115),
    ("across the date line", .at(0, 179.5), .at(0, -179.5), 111_195...111_195),
    ("Vienna to Berlin", .vienna, .berlin, 523_000...524_500),
    ("Vienna to Graz", .vienna, .graz, 143_500...145_500),
  ]

  @Test("distances are right, also of opposite places, and the same in both directions")
  func distances() {
    for (name, here, there, meters) in Self.distances {
      #expect(meters.contains(here.meters(to: there)), "\(name): \(here.meters(to: there))")
      #expect(here.meters(to: there) == there.meters(to: here), "\(name)")
    }
  }

  @Test("what is no place on the earth is none")
  func outside() {
    let ends: [(Int32, Int32)] = [
      (90_000_001, 0), (-90_000_001, 0), (0, 180_000_001), (0, -180_000_001), (.max, .min), (.min, .max),
    ]
    for (latitude, longitude) in ends {
      #expect(GeoPoint(latitudeMicrodegrees: latitude, longitudeMicrodegrees: longitude) == nil)
    }
    #expect(GeoPoint(latitudeMicrodegrees: -90_000_000, longitudeMicrodegrees: 180_000_000) != nil)
  }
}

@Suite struct NearestAllocationTests {
  private static let ids = (0...3).map { ID("018cc251-f400-7ade-9e36-00000000000\($0)") ?? .none }

  /// The default warehouse in Vienna with priority 3; one in Berlin, one in Graz, and one somewhere in Germany.
  private static let warehouses = SellerWarehouses(
    [
      ids[0]: WarehouseTurn(priority: 3, point: .vienna, country: "AT"),
      ids[1]: WarehouseTurn(priority: 2, point: .berlin, country: "DE"),
      ids[2]: WarehouseTurn(priority: 4, point: .graz, country: "AT"),
      ids[3]: WarehouseTurn(priority: 1, country: "DE"),
    ], order: .nearest)

  private struct Case {
    let name: String
    let free: [Int64]
    let wanted: Int64
    let to: StockDestination?
    /// The warehouse and the quantity of each part.
    let given: [(Int, Int64)]
  }

  private static let cases = [
    Case(name: "the nearest", free: [5, 5, 5, 5], wanted: 5, to: .init(.at(47, 15)), given: [(2, 5)]),
    Case(name: "the nearest that has all", free: [5, 5, 4, 5], wanted: 5, to: .init(.at(47, 15)), given: [(0, 5)]),
    Case(
      name: "split from the nearest on", free: [3, 9, 2, 0], wanted: 11, to: .init(.at(47, 15)),
      given: [(2, 2), (0, 3), (1, 6)]),
    Case(
      name: "those without coordinates last", free: [0, 1, 0, 9], wanted: 10, to: .init(.berlin),
      given: [(1, 1), (3, 9)]),
    Case(
      name: "a country alone: its first one", free: [5, 5, 5, 5], wanted: 5, to: .init(nil, country: "AT"),
      given: [(0, 5)]),
    Case(name: "the other country", free: [5, 5, 5, 5], wanted: 5, to: .init(nil, country: "DE"), given: [(3, 5)]),
    Case(
      name: "the country, then by priority", free: [1, 1, 1, 1], wanted: 4, to: .init(nil, country: "AT"),
      given: [(0, 1), (2, 1), (3, 1), (1, 1)]),
    Case(name: "no destination: by priority", free: [5, 5, 5, 5], wanted: 5, to: nil, given: [(3, 5)]),
  ]

  @Test("the nearest warehouse that has all serves an order, and a split begins with the nearest")
  func table() {
    for one in Self.cases {
      let levels = zip(Self.ids, one.free).map { ($0, StockLevel(onHand: $1 + 2, reserved: 2)) }
      let stock = LockedStock(
        variant: Self.ids[0], product: Self.ids[0], seller: Self.ids[0], subjects: [],
        limits: StockLimits(safetyStock: 0, backorderLimit: 0, backorderTime: nil), version: 1, updatedAt: .now,
        levels: Dictionary(uniqueKeysWithValues: levels))
      let given = StockAllocation.allocate(one.wanted, of: stock, by: Self.warehouses, to: one.to) ?? []
      #expect(given.map(\.warehouse) == one.given.map { Self.ids[$0.0] }, "\(one.name)")
      #expect(given.map(\.quantity) == one.given.map(\.1), "\(one.name)")
      for part in given {
        #expect(part.meters == Self.warehouses.meters(from: part.warehouse, to: one.to), "\(one.name)")
      }
    }
  }
}

extension ShopTests {
  @Suite struct NearestWarehouseTests {
    private static func place(_ point: GeoPoint, in arena: Arena) -> Coordinates {
      let coordinates = Coordinates(in: arena)
      (coordinates.latitudeMicrodegrees, coordinates.longitudeMicrodegrees) = (
        point.latitudeMicrodegrees, point.longitudeMicrodegrees
      )
      return coordinates
    }

    private static func newWarehouse(
      _ node: TestNode, of seller: String, at point: GeoPoint
    ) async throws -> Warehouse {
      let response = try await node.warehouses.createWarehouse(
        request(CreateWarehouseRequest.self) {
          ($0.sellerID, $0.name, $0.requestID) = ($0.text(seller), "Outlet", $0.text(TestID.next()))
          ($0.coordinates, $0.country) = (Self.place(point, in: $0.storage.arena), "at")
        })
      return try #require(response.warehouse)
    }

    @Test("an order is split over the nearest warehouses, and each reservation says how far it comes and why")
    func split() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let node = nodes[0]
        let product = try await node.productOfSeveral()
        let (seller, variant) = (product.sellerID.string, product.variants[0].id.string)
        let far = try await Self.newWarehouse(node, of: seller, at: .berlin)
        let near = try await Self.newWarehouse(node, of: seller, at: .graz)
        #expect(far.country == "AT" && far.coordinates?.latitudeMicrodegrees == 52_520_000)
        let rule = try await node.warehouses.setAllocationRule(
          request(SetAllocationRuleRequest.self) {
            ($0.sellerID, $0.order, $0.requestID) = ($0.text(seller), .nearest, $0.text(TestID.next()))
          }
        ).rule
        #expect(rule?.order == .nearest)
        _ = try await node.count(0, of: variant)
        _ = try await node.count(4, of: variant, in: far.id.string)
        _ = try await node.count(3, of: variant, in: near.id.string)
        let wanted = try #require(ID(variant))
        try await node.work { work in
          try await InventoryModule.reserve(
            [WantedStock(wanted, 5)], as: .made(at: work.now), until: work.now + .seconds(60),
            to: StockDestination(.vienna, country: "AT"), in: work)
        }
        let listed = try await node.inventory.listReservations(
          request(ListReservationsRequest.self) { $0.variantID = $0.text(variant) }
        ).reservations
        let parts = listed.sorted { $0.quantity > $1.quantity }
        #expect(parts.map(\.warehouseID.string) == [near.id.string, far.id.string])
        #expect(parts.map(\.quantity) == [3, 2])
        #expect(parts.allSatisfy { $0.order == .nearest && $0.allocation == .part })
        #expect(
          parts.map(\.distanceMeters) == [
            GeoPoint.graz.meters(to: .vienna), GeoPoint.berlin.meters(to: .vienna),
          ])
      }
    }

    @Test("a warehouse moves, and loses its place where the mask names it alone")
    func move() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let seller = try await nodes[0].productOfSeveral().sellerID.string
        let id = try await Self.newWarehouse(nodes[0], of: seller, at: .berlin).id.string
        for (point, mask) in [(GeoPoint.graz, "coordinates"), (nil, "coordinates"), (GeoPoint.vienna, "coordinates")] {
          let changed = try await nodes[0].warehouses.updateWarehouse(
            request(UpdateWarehouseRequest.self) {
              let warehouse = Warehouse(in: $0.storage.arena)
              warehouse.id = $0.text(id)
              if let point { warehouse.coordinates = Self.place(point, in: $0.storage.arena) }
              $0.warehouse = warehouse
              let paths = FieldMask(in: $0.storage.arena)
              paths.paths.append($0.text(mask))
              ($0.updateMask, $0.requestID) = (paths, $0.text(TestID.next()))
            }
          ).warehouse
          #expect(changed?.coordinates?.longitudeMicrodegrees == point?.longitudeMicrodegrees)
          #expect(changed?.country == "AT" && changed?.name == "Outlet")
        }
      }
    }
  }
}

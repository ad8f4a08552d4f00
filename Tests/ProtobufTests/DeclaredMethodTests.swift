import InventoryAPI
import Testing
import TypeAPI

@testable import Protobuf

@Suite("What a method declares, read from its file's descriptor")
struct DeclaredMethodTests {
  private static let policy = 50_610

  @Test("methods are found by their paths, with their options")
  func methods() throws {
    let methods = fastshop_inventory_v1_inventory_service_file.methods
    let isSideEffectFree = Dictionary(uniqueKeysWithValues: methods.map { ($0.path, $0.isSideEffectFree) })
    for (name, expected) in [("GetStock", true), ("AdjustStock", false), ("WatchInventory", true)] {
      #expect(isSideEffectFree["/fastshop.inventory.v1.InventoryService/\(name)"] == expected)
    }
    let getStock = try #require(methods.first { $0.path.hasSuffix("/GetStock") })
    // Its field 1, the access, comes first.
    #expect(getStock.option(Self.policy)?.prefix(2) == [0x08, 0x02])
    #expect(getStock.option(Self.policy + 1) == nil)
  }

  @Test("a file without services declares none")
  func noServices() { #expect(fastshop_type_v1_money_file.methods.isEmpty) }

  private static let broken: [(name: String, bytes: [UInt8], whole: [Int])] = [
    ("nothing", [], []),
    ("a tag that ends early", [0x08, 0x01, 0x80], [1]),
    ("a varint that ends early", [0x08, 0x01, 0x10, 0xff], [1]),
    ("a varint without end", [0x08, 0x01, 0x10] + [UInt8](repeating: 0xff, count: 12), [1]),
    ("a length beyond the end", [0x08, 0x01, 0x12, 0x02, 0x61], [1]),
    ("a length of 2^63", [0x08, 0x01, 0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], [1]),
    ("a fixed32 that ends early", [0x08, 0x01, 0x15, 1, 2, 3], [1]),
    ("a fixed64 that ends early", [0x08, 0x01, 0x11, 1, 2, 3], [1]),
    ("a group", [0x08, 0x01, 0x13, 0x08, 0x01, 0x14], [1]),
    (
      "all that there is", [0x08, 0x01, 0x12, 0x01, 0x61, 0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4]
    ),
  ]

  @Test("fields end at what is none", arguments: broken.indices)
  func fields(index: Int) {
    let (name, bytes, whole) = Self.broken[index]
    #expect(EncodedFields(bytes[...]).map(\.number) == whole, "\(name)")
  }
}

import RPC
import Testing

@testable import fastshop

/// How many connections a process takes that may open only so many files.
@Suite struct DescriptorBudgetTests {
  private static func limits(
    _ descriptors: Int, loops: Int = 2, _ environment: [String: String] = [:]
  ) throws -> RPCLimits {
    let settings = try SettingsTests.serve([], environment).connections
    return DescriptorBudget.limits(settings, loops: loops, descriptors: descriptors)
  }

  @Test(arguments: [
    // descriptors, loops, connections, connections of an address
    (1_048_576, 2, 20_000, 2_000), (-1, 2, 20_000, 2_000), (20_000, 2, 19_864, 2_000), (1_024, 2, 888, 222),
    (256, 2, 120, 30), (256, 16, 16, 8), (0, 1, 20_000, 2_000), (1, 1, 16, 8),
  ])
  func `connections leave the process the descriptors that it needs`(
    _ descriptors: Int, _ loops: Int, _ connections: Int, _ ofAddress: Int
  ) throws {
    let limits = try Self.limits(descriptors, loops: loops)
    #expect(limits.connectionsMax == connections)
    #expect(limits.connectionsPerAddressMax == ofAddress)
  }

  @Test func `what an address may have can be set`() throws {
    let usual = try Self.limits(-1)
    #expect(usual.callsPerAddressMax == RPCLimits().callsPerAddressMax)
    let set = try Self.limits(
      -1, ["FASTSHOP_CONNECTIONS_PER_ADDRESS": "5", "FASTSHOP_CALLS_PER_ADDRESS": "7"])
    #expect(set.connectionsPerAddressMax == 5)
    #expect(set.callsPerAddressMax == 7)
    let off = try Self.limits(
      -1, ["FASTSHOP_CONNECTIONS_PER_ADDRESS": "off", "FASTSHOP_CALLS_PER_ADDRESS": "off"])
    #expect(off.connectionsPerAddressMax == .max)
    #expect(off.callsPerAddressMax == .max)
    #expect(throws: SettingError.self) { try Self.limits(-1, ["FASTSHOP_CALLS_PER_ADDRESS": "0"]) }
  }
}

import Synchronization
import Testing

@testable import RPC

/// What each peer address holds.
@Suite struct PeerUsageTests {
  private static let v4: UInt128 = 0xffff_cb00_7109
  private static let v6: UInt128 = 0x2001_0db8_0001_0002_0000_0000_0000_0001

  @Test func `an IPv6 network of 64 bits is one caller, and so is an IPv4 address`() {
    #expect(PeerUsage.key(of: Self.v4) == Self.v4)
    #expect(PeerUsage.key(of: Self.v4 + 1) != PeerUsage.key(of: Self.v4))
    #expect(PeerUsage.key(of: Self.v6) == PeerUsage.key(of: Self.v6 | 0xffff_ffff_ffff))
    #expect(PeerUsage.key(of: Self.v6) != PeerUsage.key(of: Self.v6 + (1 << 64)))
    #expect(PeerUsage.key(of: Self.v6) != Self.v4)
  }

  @Test func `connections of one address share an entry, which goes with the last of them`() {
    let usages = PeerUsages { _ in false }
    let first = usages.connected(from: Self.v6)
    let second = usages.connected(from: Self.v6 + 7)
    #expect(first === second)
    #expect(usages.connected(from: Self.v4) !== first)
    #expect(first.connections.load(ordering: .relaxed) == 2)
    usages.disconnected(first)
    #expect(usages.count == 2)
    usages.disconnected(second)
    #expect(usages.count == 1)
  }

  @Test func `calls that outlive their connection are still their address's`() {
    let usages = PeerUsages { _ in false }
    let usage = usages.connected(from: Self.v4)
    #expect(usages.callBegan(usage) == 1)
    usages.disconnected(usage)
    #expect(usages.connected(from: Self.v4) === usage)
    usages.disconnected(usage)
    usages.callEnded(usage)
    #expect(usages.count == 0)
    #expect(usages.connected(from: Self.v4) !== usage)
  }

  @Test func `Unix sockets and proxies are nobody's alone`() {
    let usages = PeerUsages { $0 == Self.v4 }
    #expect(!usages.connected(from: nil).isOneCaller)
    #expect(!usages.connected(from: Self.v4).isOneCaller)
    #expect(usages.connected(from: Self.v6).isOneCaller)
    #expect(usages.count == 1)
  }
}

/// Ranges of addresses, optionally with Unix sockets: `10.0.0.0/8, 2001:db8::1, unix`.
package struct AddressList: Equatable, Sendable {
  /// More entries than this cannot be meant.
  package static let entriesMax = 1_024
  private static let unixSockets = "unix"

  private let blocks: [CIDRBlock]
  private let includesUnixSockets: Bool

  /// Nobody.
  package static let none = AddressList(blocks: [], includesUnixSockets: false)

  private init(blocks: [CIDRBlock], includesUnixSockets: Bool) {
    self.blocks = blocks
    self.includesUnixSockets = includesUnixSockets
  }

  /// Reads entries with commas between them; nil when one of them cannot be read, or there is none.
  package init?(_ text: String) {
    let entries = text.split(separator: ",", omittingEmptySubsequences: false).map { entry in
      entry.filter { $0 != " " && $0 != "\t" }
    }
    let ranges = entries.filter { $0 != Self.unixSockets }
    let blocks = ranges.compactMap { CIDRBlock($0) }
    guard blocks.count == ranges.count, entries.count <= Self.entriesMax else { return nil }
    self.init(blocks: blocks, includesUnixSockets: ranges.count < entries.count)
  }

  /// Whether the list is empty.
  package var isEmpty: Bool { blocks.isEmpty && !includesUnixSockets }

  /// Whether the list contains the address; nil stands for a Unix socket.
  package func contains(_ address: IPAddress?) -> Bool {
    guard let address else { return includesUnixSockets }
    return blocks.contains { $0.contains(address) }
  }
}

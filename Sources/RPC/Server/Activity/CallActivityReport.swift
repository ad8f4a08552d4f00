/// The calls that the loops of a server worked on, read by another process from shared memory after the server's end.
/// The reader trusts nothing in that memory that it has not checked.
package struct CallActivityReport: Sendable, Equatable {
  /// Calls of one method whose handlers were in flight.
  package struct Calls: Sendable, Equatable {
    /// `/package.Service/Method`, or "no method" for calls that were refused before any.
    package let method: String
    /// The number of handlers; at least 1.
    package let count: Int
  }

  /// One loop.
  package struct Loop: Sendable, Equatable {
    /// Its index.
    package let index: Int
    /// The method whose handler began last; nil if none ever did.
    package let last: String?
    /// In the order of the methods.
    package let inFlight: [Calls]
  }

  /// The name for calls without a method.
  private static let noMethod = "no method"

  /// In the order of their indices.
  package let loops: [Loop]

  /// Reads the memory's bytes; nil when no server has written there.
  package init?(_ bytes: [UInt8]) {
    func word(_ start: Int) -> Int32? {
      guard start >= 0, start + CallActivityLayout.wordBytes <= bytes.count else { return nil }
      return bytes[start..<(start + CallActivityLayout.wordBytes)].reversed().reduce(0) { $0 << 8 | Int32($1) }
    }
    let header = stride(from: 0, to: CallActivityLayout.headerBytes, by: CallActivityLayout.wordBytes).compactMap(word)
    guard let layout = CallActivityLayout(header: header), layout.byteCount <= bytes.count else { return nil }
    let text = String(decoding: bytes[layout.namesStart..<(layout.namesStart + layout.nameBytes)], as: UTF8.self)
    let names = [Self.noMethod] + text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    loops = (0..<layout.loops).map { index in
      let start = layout.start(ofLoop: index)
      let last = Int(word(start) ?? 0)
      let inFlight = (0...layout.methods).compactMap { number -> Calls? in
        let place = start + (CallActivityLayout.countsStart + number) * CallActivityLayout.wordBytes
        guard let count = word(place), count > 0, number < names.count else { return nil }
        return Calls(method: names[number], count: Int(count))
      }
      return Loop(index: index, last: names.indices.contains(last) && last > 0 ? names[last] : nil, inFlight: inFlight)
    }
  }
}

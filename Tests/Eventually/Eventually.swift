/// Nothing came of what a test waited for.
package struct NeverHappened: Error, CustomStringConvertible {
  /// Where the test waited.
  package let description: String
}

/// Waits until `condition` holds, for a minute at most: so long takes what does not come, also on a busy machine. It
/// looks on the executor of the caller, so that a test of a loop may look at what belongs to the loop.
/// - Throws: ``NeverHappened``, and what `condition` throws.
package func eventually(
  file: StaticString = #fileID, line: UInt = #line, _ condition: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + .seconds(60)
  while try await !condition() {
    guard ContinuousClock.now < end else {
      throw NeverHappened(description: "it did not happen within a minute: \(file):\(line)")
    }
    try await Task.sleep(for: .milliseconds(5))
  }
}

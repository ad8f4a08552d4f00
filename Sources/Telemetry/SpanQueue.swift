/// One loop's spans that wait to be exported. Confined to its loop.
final class SpanQueue {
  private let spansMax: Int
  private var spans: [Span] = []
  let numbers = SpanNumbers()
  /// Spans for which there was no room, since the loop began.
  private(set) var dropped = 0

  init(spansMax: Int) { self.spansMax = spansMax }

  func add(_ span: Span) {
    if spans.count >= spansMax {
      dropped += 1
    } else {
      spans.append(span)
    }
  }

  /// Removes and returns the waiting spans.
  func take() -> [Span] {
    let taken = spans
    spans.removeAll()
    return taken
  }
}

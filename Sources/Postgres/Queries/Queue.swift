/// A first-in-first-out queue on a ring that grows by doubling and is reused.
struct Queue<Element> {
  private var slots: ContiguousArray<Element?>
  private var head = 0
  private(set) var count = 0

  init() { slots = ContiguousArray(repeating: nil, count: 64) }

  var isEmpty: Bool { count == 0 }

  /// The oldest element.
  var first: Element? { count == 0 ? nil : slots[head] }

  /// The element at `position`, counted from the oldest; nil beyond the last.
  subscript(position: Int) -> Element? {
    position < count ? slots[(head + position) & (slots.count - 1)] : nil
  }

  mutating func append(_ element: Element) {
    if count == slots.count { grow() }
    slots[(head + count) & (slots.count - 1)] = element
    count += 1
  }

  mutating func popFirst() -> Element? {
    if count == 0 { return nil }
    let element = slots[head].take()
    head = (head + 1) & (slots.count - 1)
    count -= 1
    return element
  }

  private mutating func grow() {
    var larger = ContiguousArray<Element?>(repeating: nil, count: slots.count * 2)
    for offset in 0..<count { larger[offset] = slots[(head + offset) & (slots.count - 1)].take() }
    slots = larger
    head = 0
  }
}

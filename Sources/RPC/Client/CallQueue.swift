/// A queue of waiting calls, first in, first out. Any of them can be removed at no cost.
struct CallQueue: ~Copyable {
  private var first: ClientCall?
  private var last: ClientCall?
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ call: ClientCall) {
    call.isWaiting = true
    call.previousWaiting = last
    if let last { last.nextWaiting = call } else { first = call }
    last = call
    count += 1
  }

  mutating func remove(_ call: ClientCall) {
    guard call.isWaiting else { return }
    call.isWaiting = false
    let next = call.nextWaiting
    let previous = call.previousWaiting
    call.nextWaiting = nil
    call.previousWaiting = nil
    if let next { next.previousWaiting = previous } else { last = previous }
    if let previous { previous.nextWaiting = next } else { first = next }
    count -= 1
  }

  mutating func popFirst() -> ClientCall? {
    guard let call = first else { return nil }
    remove(call)
    return call
  }

  /// Takes out the calls that `isWanted`, in order.
  mutating func take(where isWanted: (ClientCall) -> Bool) -> [ClientCall] {
    var taken: [ClientCall] = []
    var candidate = first
    while let call = candidate {
      candidate = call.nextWaiting
      if isWanted(call) {
        remove(call)
        taken.append(call)
      }
    }
    return taken
  }
}

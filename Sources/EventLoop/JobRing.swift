/// A first-in-first-out queue of jobs, whose capacity is a power of two. It grows as needed, because an executor may
/// refuse no job.
struct JobRing: ~Copyable {
  private static let initialSlots = 1024
  private var slots: UnsafeMutablePointer<UnownedJob>
  private var mask: Int
  private var head = 0
  private var tail = 0

  init() {
    slots = .allocate(capacity: Self.initialSlots)
    mask = Self.initialSlots - 1
  }

  deinit { slots.deallocate() }

  @inline(__always) var count: Int { tail &- head }
  @inline(__always) var isEmpty: Bool { tail == head }

  @inline(__always)
  mutating func push(_ job: UnownedJob) {
    if count > mask { grow() }
    (slots + (tail & mask)).initialize(to: job)
    tail &+= 1
  }

  /// The oldest job; there must be one.
  @inline(__always)
  mutating func pop() -> UnownedJob {
    let job = (slots + (head & mask)).move()
    head &+= 1
    return job
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<UnownedJob>.allocate(capacity: (mask + 1) * 2)
    let count = count
    for offset in 0..<count { (larger + offset).initialize(to: slots[(head + offset) & mask]) }
    slots.deallocate()
    slots = larger
    mask = mask * 2 + 1
    head = 0
    tail = count
  }
}

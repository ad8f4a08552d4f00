internal import CLinux
internal import Glibc

/// A loop's epoll instance, and the eventfd by which other threads wake it.
struct Poll {
  private let epoll: Int32
  private let wakeup: Int32
  private let events: UnsafeMutablePointer<epoll_event>
  private let eventsMax: Int32

  /// Ends the process when the kernel has no descriptors left: no loop can run without them.
  init(eventsMax: Int) {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    wakeup = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    precondition(epoll >= 0 && wakeup >= 0, "no descriptor left for an event loop")
    events = .allocate(capacity: eventsMax)
    self.eventsMax = Int32(eventsMax)
    _ = control(EPOLL_CTL_ADD, wakeup, .readable, nil)
  }

  /// Interrupts the wait. From any thread.
  func wake() { eventfd_write(wakeup, 1) }

  /// `epoll_ctl`; the event carries the source itself, the eventfd's carries nil.
  func control(_ operation: Int32, _ fd: Int32, _ interest: IOEvents, _ source: IOSource?) -> Bool {
    var event = epoll_event()
    event.events = interest.rawValue
    event.data.ptr = source.map { Unmanaged.passUnretained($0).toOpaque() }
    return epoll_ctl(epoll, operation, fd, &event) == 0
  }

  /// Waits for events and returns how many there are. A negative timeout waits for ever.
  @inline(__always)
  func wait(timeoutMs: Int32) -> Int {
    max(0, Int(epoll_wait(epoll, events, eventsMax, timeoutMs)))
  }

  /// One of the events that the last `wait` has found, and whose it is; nil for a call to wake up.
  @inline(__always)
  func event(at index: Int) -> (IOSource, IOEvents)? {
    let event = events[index]
    if let pointer = event.data.ptr {
      return (Unmanaged<IOSource>.fromOpaque(pointer).takeUnretainedValue(), IOEvents(rawValue: event.events))
    }
    var value: eventfd_t = 0
    eventfd_read(wakeup, &value)
    return nil
  }

  func close() {
    Glibc.close(epoll)
    Glibc.close(wakeup)
    events.deallocate()
  }
}

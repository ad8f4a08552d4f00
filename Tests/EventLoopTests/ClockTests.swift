import EventLoop
import Glibc
import Testing

/// Tells what the loop's clock says when its pipe becomes readable.
private final class Reader: IOSource {
  let told: (Int64) -> Void
  let loop: EventLoop

  init(loop: EventLoop, told: @escaping (Int64) -> Void) {
    self.loop = loop
    self.told = told
  }

  override func ready(_ events: IOEvents) {
    loop.remove(self)
    told(loop.now)
  }
}

@Suite struct ClockTests {
  /// A point in time that any of them is added to must fit 64 bits.
  @Test func nanosecondsAreBounded() {
    #expect(Duration.nanoseconds(-5).nanoseconds == -5)
    #expect(Duration.seconds(4_611_686_018).nanoseconds == 4_611_686_018_000_000_000)
    for seconds in [9_223_372_036, 9_223_372_037, Int64.max] {
      #expect((Duration.seconds(seconds) + .milliseconds(999)).nanoseconds == .max / 2)
      #expect((Duration.seconds(-seconds) - .milliseconds(999)).nanoseconds == .min / 2)
    }
  }

  /// What an event schedules counts from the event, not from when the loop went to sleep.
  @Test func isReadBeforeEventsAreTold() async {
    let group = EventLoopGroup(count: 1)
    defer { group.shutdown() }
    let loop = group.loops[0]
    var pipe: [Int32] = [-1, -1]
    #expect(Glibc.pipe(&pipe) == 0)
    let (readEnd, writeEnd) = (pipe[0], pipe[1])
    let idle = Duration.milliseconds(60)
    let slept: Int64 = await withCheckedContinuation { done in
      loop.execute {
        let start = loop.now
        let reader = Reader(loop: loop) { done.resume(returning: $0 - start) }
        #expect(loop.add(reader, fd: readEnd, events: .readable))
        Task.detached {
          try? await Task.sleep(for: idle)
          var byte: UInt8 = 1
          write(writeEnd, &byte, 1)
        }
      }
    }
    close(readEnd)
    close(writeEnd)
    #expect(slept >= idle.nanoseconds / 2)
  }
}

import Processes
import Testing

@testable import fastshop

/// What the supervisor decides, without processes: the end-to-end tests have those.
@Suite struct SupervisionTests {
  private static let drain: Duration = .seconds(10)
  private static let start = ContinuousClock.now
  private static let report = WorkerReport(places: ["grpc://a"], stateVersion: SupervisorState.version)

  /// A supervision whose worker 1 serves since the beginning.
  private static func serving() -> Supervision {
    var supervision = Supervision(drain: drain)
    _ = supervision.started(1, as: .worker, at: start)
    _ = supervision.serves(1, report, at: start)
    return supervision
  }

  private static func dies(
    _ supervision: inout Supervision, _ id: Int32, _ end: ChildProgram.End = .signal(9), after seconds: Int = 1
  ) -> [Supervision.Action] {
    supervision.ended(id, end, activity: [:], at: start + .seconds(seconds)).filter(isAction)
  }

  /// What is done, apart from what is said about it.
  private static func isAction(_ action: Supervision.Action) -> Bool {
    if case .log = action { false } else { true }
  }

  @Test func `the first worker prepares, and is announced when it serves`() {
    var supervision = Supervision(drain: Self.drain)
    #expect(supervision.begin() == [.start(.running, isPreparing: true, .worker)])
    #expect(supervision.started(1, as: .worker, at: Self.start) == [])
    #expect(supervision.serves(1, Self.report, at: Self.start) == [.announce(["grpc://a"])])
  }

  @Test func `a first worker that cannot serve ends everything with its status`() {
    let ends: [(ChildProgram.End, Int32)] = [(.exit(1), 1), (.exit(64), 64), (.exit(0), 1), (.signal(9), 1)]
    for (end, status) in ends {
      var supervision = Supervision(drain: Self.drain)
      _ = supervision.started(1, as: .worker, at: Self.start)
      #expect(Self.dies(&supervision, 1, end) == [.end(status)], "\(end)")
    }
  }

  @Test func `a worker that dies is counted, and followed at once by one that prepares nothing`() {
    let ends: [(ChildProgram.End, String)] = [(.signal(9), "SIGKILL"), (.signal(4), "SIGILL"), (.exit(3), "exit")]
    for (end, reason) in ends {
      var supervision = Self.serving()
      #expect(
        Self.dies(&supervision, 1, end) == [.count(reason), .start(.running, isPreparing: false, .worker)])
    }
  }

  @Test func `a worker that hangs is ended, in haste when that does not help, and followed by the next`() {
    let finding = HangWatch.Finding.hangs(loop: 0, .waiting)
    var supervision = Self.serving()
    let actions = supervision.found(finding, of: 1, activity: [:]).filter(Self.isAction)
    #expect(actions == [.abort(1), .wait(Supervision.abortMax, .hang(1))])
    #expect(supervision.found(finding, of: 1, activity: [:]) == [])  // once
    #expect(supervision.waited(.hang(1)) == [.kill(1)])
    #expect(
      Self.dies(&supervision, 1, .signal(6)) == [.count("hang"), .start(.running, isPreparing: false, .worker)])
    #expect(supervision.waited(.hang(1)) == [])  // another process may have that number by now
  }

  @Test func `a worker that somebody has stopped is told of and left alone`() {
    var supervision = Self.serving()
    for finding in [HangWatch.Finding.isStopped, .goesOn] {
      let actions = supervision.found(finding, of: 1, activity: [:])
      #expect(actions.count == 1 && actions.filter(Self.isAction) == [])
    }
  }

  @Test func `workers that do not begin to serve are started ever more slowly`() {
    var supervision = Self.serving()
    _ = Self.dies(&supervision, 1)
    var pauses: [Duration] = []
    for id in Int32(2)..<14 {
      _ = supervision.started(id, as: .worker, at: Self.start)
      guard case .wait(let pause, .restart)? = Self.dies(&supervision, id, .exit(1)).last else {
        Issue.record("worker \(id) was followed at once")
        return
      }
      pauses.append(pause)
      #expect(supervision.waited(.restart) == [.start(.running, isPreparing: false, .worker)])
    }
    #expect(pauses.first == RestartBackoff.firstPause && pauses.last == RestartBackoff.startingPauseMax)
    #expect(pauses == pauses.sorted())
  }

  @Test func `a stop is told to the worker once, in haste when it is asked for again, and ends with it`() {
    var supervision = Self.serving()
    #expect(
      supervision.stop().filter(Self.isAction) == [
        .stopListening, .tell(1, .stop), .wait(Self.drain + Supervision.stopSlack, .stop),
      ])
    #expect(supervision.stop() == [.stopListening, .tell(1, .hurry)])
    #expect(supervision.waited(.stop) == [.kill(1)])
    #expect(Self.dies(&supervision, 1, .exit(0)) == [.end(0)])
  }

  @Test func `with a lame-duck time, new callers are taken until it is over`() {
    var supervision = Supervision(drain: Self.drain, lameDuck: .seconds(7), worker: 1, at: Self.start)
    #expect(
      supervision.stop().filter(Self.isAction) == [
        .wait(.seconds(7), .lameDuck), .tell(1, .stop), .wait(.seconds(7) + Self.drain + Supervision.stopSlack, .stop),
      ])
    #expect(supervision.waited(.lameDuck) == [.stopListening])
  }

  @Test func `a stop between two workers ends at once`() {
    var supervision = Self.serving()
    _ = supervision.ended(1, .signal(9), activity: [:], at: Self.start)
    #expect(supervision.couldNotStart("no memory", as: .worker).filter(Self.isAction).count == 1)
    #expect(supervision.stop().last == .end(0))
    #expect(supervision.waited(.restart) == [])
  }

  @Test func `an upgrade hands over when the new version serves, and follows when the former has ended`() {
    var supervision = Self.serving()
    #expect(supervision.upgrade().filter(Self.isAction) == [.start(.newest, isPreparing: true, .successor)])
    #expect(
      supervision.started(2, as: .successor, at: Self.start) == [.wait(Supervision.successorMax, .successor(2))])
    #expect(supervision.upgrade().filter(Self.isAction) == [], "one at a time")
    #expect(
      supervision.serves(2, Self.report, at: Self.start).filter(Self.isAction) == [
        .count("upgrade"), .tell(1, .handOver), .wait(Self.drain + Supervision.stopSlack, .former(1)),
      ])
    #expect(supervision.upgrade().filter(Self.isAction) == [], "the former one still has calls")
    #expect(Self.dies(&supervision, 1, .exit(0)) == [.becomeNewest])
    #expect(supervision.upgrade().filter(Self.isAction) == [.start(.newest, isPreparing: true, .successor)])
  }

  @Test func `a former worker that does not end is ended, so that there can be another upgrade`() {
    var supervision = Self.serving()
    _ = supervision.upgrade()
    _ = supervision.started(2, as: .successor, at: Self.start)
    _ = supervision.serves(2, Self.report, at: Self.start)
    #expect(supervision.waited(.former(1)) == [.kill(1)])
    #expect(Self.dies(&supervision, 1) == [.becomeNewest])
    #expect(supervision.waited(.former(1)) == [], "it is there no more")
  }

  @Test func `a new version that ends before it serves changes nothing`() {
    var supervision = Self.serving()
    _ = supervision.upgrade()
    _ = supervision.started(2, as: .successor, at: Self.start)
    #expect(supervision.waited(.successor(2)) == [.kill(2)], "it has had its time")
    #expect(Self.dies(&supervision, 2) == [])
    _ = supervision.upgrade()
    #expect(supervision.couldNotStart("no such file", as: .successor).filter(Self.isAction) == [])
    #expect(supervision.waited(.successor(2)) == [])
    #expect(supervision.upgrade().filter(Self.isAction) == [.start(.newest, isPreparing: true, .successor)])
  }

  @Test func `a new version of which the supervisor's state is not understood serves, but no more`() {
    var supervision = Self.serving()
    _ = supervision.upgrade()
    _ = supervision.started(2, as: .successor, at: Self.start)
    _ = supervision.serves(2, WorkerReport(places: [], stateVersion: SupervisorState.version + 1), at: Self.start)
    #expect(Self.dies(&supervision, 1, .exit(0)) == [])
    #expect(
      Self.dies(&supervision, 2) == [.count("SIGKILL"), .start(.newest, isPreparing: false, .worker)],
      "workers are of the new version from now on")
  }

  @Test func `a worker that dies during an upgrade is followed, and the new version takes over all the same`() {
    var supervision = Self.serving()
    _ = supervision.upgrade()
    _ = supervision.started(2, as: .successor, at: Self.start)
    #expect(Self.dies(&supervision, 1).last == .start(.running, isPreparing: false, .worker))
    _ = supervision.started(3, as: .worker, at: Self.start)
    #expect(supervision.serves(2, Self.report, at: Self.start).contains(.tell(3, .handOver)))
    #expect(Self.dies(&supervision, 3, .exit(0)) == [.becomeNewest])
  }

  @Test func `a stop during an upgrade ends all of them, and the former one in its own time`() {
    var supervision = Self.serving()
    _ = supervision.upgrade()
    _ = supervision.started(2, as: .successor, at: Self.start)
    _ = supervision.serves(2, Self.report, at: Self.start)
    let told = supervision.stop()
    #expect(told.contains(.tell(2, .stop)) && !told.contains(.tell(1, .stop)), "it lets its calls end already")
    #expect(supervision.upgrade().filter(Self.isAction) == [])
    #expect(Self.dies(&supervision, 2, .exit(0)) == [])
    #expect(Self.dies(&supervision, 1, .exit(0)) == [.end(0)])
  }
}

/// What the supervisor is told by its worker, by its former self, and by memory that a dead worker wrote.
@Suite struct SupervisorMessageTests {
  @Test(arguments: [Int32.min, -7, -1, 0, 1])
  func `an id that signals would reach others by is no worker's`(id: Int32) {
    #expect(ChildProgram(adopting: id) == nil)
  }

  @Test func `restarts are counted up to the greatest number, not beyond`() {
    var history = SupervisionHistory(restarts: ["exit": .max], startedAt: 0)
    history.count("exit")
    history.count("SIGKILL")
    #expect(history.restarts == ["exit": .max, "SIGKILL": 1])
  }

  @Test func `no message ends its reader`() {
    let nested = String(repeating: "[", count: 60_000)
    let texts = [
      "", "null", "{}", nested, #"{"places":\#(nested)"#, #"{"places":["\ud800"],"stateVersion":1e400}"#,
      #"{"places":[],"stateVersion":9223372036854775808}"#, #"{"places":[],"stateVersion":1.5}"#,
    ]
    for text in texts {
      let (report, handover): (WorkerReport?, WorkerHandover?) = (
        WorkerMessage.decode(Array(text.utf8)), WorkerMessage.decode(Array(text.utf8))
      )
      #expect(report == nil && handover == nil && WorkerOrder(Array(text.utf8)) == nil, "\(text.prefix(60))")
    }
    #expect(WorkerOrder([0xff, 0xfe]) == nil)
    for value in ["", "-1", "2147483648", "99999999999999999999", "0x1", "3.5"] {
      #expect(throws: SupervisorStateError.self) { try SupervisorState(value) }
    }
  }
}

@Suite struct RestartBackoffTests {
  @Test func `a few deaths cost no pause, many cost a short one, and a good life makes up for them`() {
    var backoff = RestartBackoff()
    let short: Duration = .seconds(1)
    for _ in 0..<RestartBackoff.freeRestarts { #expect(backoff.pause(afterServing: short) == .zero) }
    #expect(backoff.pause(afterServing: short) == RestartBackoff.firstPause)
    for _ in 0..<100 { #expect(backoff.pause(afterServing: short) <= RestartBackoff.servingPauseMax) }
    #expect(backoff.pause(afterServing: RestartBackoff.goodLife) == .zero)
    #expect(backoff.pause(afterServing: short) == .zero)
  }

  @Test func `failed starts are counted on their own, without end`() {
    var backoff = RestartBackoff()
    for _ in 0..<1000 { #expect(backoff.pause(afterServing: nil) <= RestartBackoff.startingPauseMax) }
    #expect(backoff.pause(afterServing: .seconds(1)) == .zero)
    #expect(backoff.pause(afterServing: nil) == RestartBackoff.firstPause)
  }
}

import Testing

@testable import RPC

/// Connections from birth to end without a socket: times are in seconds.
@Suite struct ConnectionLifecycleTests {
  static let second: Int64 = 1_000_000_000

  /// A connection and its clock: as its timer would, it asks only when something is due.
  struct Story {
    var life: ConnectionLifecycle
    var now: Int64 = 0

    init(jitter: Double = 0.5, greeted: Bool = true, _ change: (inout ConnectionLifetime) -> Void = { _ in }) {
      var lifetime = ConnectionLifetime()
      change(&lifetime)
      life = ConnectionLifecycle(lifetime, bornAt: 0, jitter: jitter)
      if greeted { life.greeted(answersPings: true) }
    }

    /// What becomes due until `end`, with the second in which it does.
    mutating func until(_ end: Int64) -> [String] {
      var told: [String] = []
      while let due = life.nextDue, due <= end * second {
        #expect(due >= now, "the timer would fire again and again")
        now = max(due, now + 1)
        told += life.due(at: now).map { "\(Double(now / (second / 10)) / 10): \(Self.name($0))" }
        if told.last?.contains("close") == true || told.last?.contains("endCalls") == true { return told }
      }
      now = end * second
      return told
    }

    private static func name(_ action: ConnectionLifecycle.Action) -> String {
      switch action {
      case .askWhetherAlive: "ask"
      case .announceGoingAway: "announce"
      case .goAway: "goAway"
      case .endCalls: "endCalls"
      case .close: "close"
      }
    }
  }

  @Test func `by default, a connection that answers lives for ever`() {
    var story = Story()
    for hour in 1...100 {
      let told = story.until(Int64(hour) * 3_600)
      #expect(told.allSatisfy { $0.hasSuffix("ask") })
      story.life.heard(at: story.now)
    }
  }

  @Test func `who does not speak HTTP is closed`() {
    var story = Story(greeted: false) { $0.greetingMax = .seconds(10) }
    #expect(story.until(100) == ["10.0: close"])
  }

  @Test func `who falls silent is asked, then closed`() {
    var story = Story {
      $0.keepaliveInterval = .seconds(60)
      $0.keepaliveTimeout = .seconds(20)
    }
    #expect(story.until(59) == [])
    story.life.heard(at: story.now)
    #expect(story.until(1_000) == ["119.0: ask", "139.0: close"])
  }

  @Test func `any bytes answer the question`() {
    var story = Story {
      $0.keepaliveInterval = .seconds(60)
      $0.keepaliveTimeout = .seconds(20)
    }
    #expect(story.until(70) == ["60.0: ask"])
    story.life.heard(at: story.now)
    #expect(story.until(1_000) == ["130.0: ask", "150.0: close"])
  }

  @Test func `without PINGs in the protocol nobody is asked`() {
    var story = Story(greeted: false) { $0.keepaliveInterval = .seconds(1) }
    story.life.greeted(answersPings: false)
    #expect(story.until(10_000) == [])
  }

  @Test func `a connection without a first call leaves sooner than one between two calls`() {
    var story = Story {
      $0.idleMax = .seconds(300)
      $0.firstCallMax = .seconds(30)
    }
    #expect(story.until(400) == ["30.0: announce", "31.0: goAway"])
    story = Story {
      $0.idleMax = .seconds(300)
      $0.firstCallMax = .seconds(30)
    }
    #expect(story.until(29) == [])
    story.life.becameBusy()
    story.life.becameIdle(at: story.now)
    #expect(story.until(400) == ["329.0: announce", "330.0: goAway"])
  }

  @Test func `idle is what has no call, and only that`() {
    var story = Story { $0.idleMax = .seconds(30) }
    #expect(story.until(20) == [])
    story.life.becameBusy()
    #expect(story.until(500) == [])
    story.life.becameIdle(at: story.now)
    #expect(story.until(520) == [])
    #expect(story.until(540) == ["530.0: announce", "531.0: goAway"])
  }

  @Test(arguments: [(0.0, "90.0"), (0.5, "100.0"), (1.0, "110.0")])
  func `the greatest age is ten percent more or less`(jitter: Double, when: String) {
    var story = Story(jitter: jitter) { $0.ageMax = .seconds(100) }
    story.life.becameBusy()
    #expect(story.until(1_000).first == "\(when): announce")
  }

  @Test func `old connections' calls have a grace`() {
    var story = Story {
      $0.ageMax = .seconds(100)
      $0.ageGrace = .seconds(15)
    }
    story.life.becameBusy()
    #expect(story.until(1_000) == ["100.0: announce", "101.0: goAway", "115.0: endCalls"])
  }

  @Test func `without a grace they may go on`() {
    var story = Story { $0.ageMax = .seconds(100) }
    story.life.becameBusy()
    #expect(story.until(1_000) == ["100.0: announce", "101.0: goAway"])
  }

  @Test func `a caller that has heard the announcement is not waited for`() {
    var story = Story()
    #expect(story.life.announcementHeard() == [])
    #expect(story.life.depart(at: 0) == [.announceGoingAway])
    #expect(story.life.depart(at: 0) == [], "once is enough")
    #expect(story.life.isClosing)
    #expect(story.life.announcementHeard() == [.goAway])
    #expect(story.life.announcementHeard() == [])
    #expect(story.until(100) == [])
  }

  @Test func `a departing connection is still asked whether it lives`() {
    var story = Story { $0.keepaliveInterval = .seconds(5) }
    story.life.becameBusy()
    _ = story.life.depart(at: 0)
    #expect(story.until(100) == ["1.0: goAway", "5.0: ask", "25.0: close"])
  }
}

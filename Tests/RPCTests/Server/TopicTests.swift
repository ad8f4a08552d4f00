import BenchAPI
import EventLoop
import Eventually
import Protobuf
import Synchronization
import Testing

@testable import RPC

@Suite struct TopicTests {
  @Test func everySubscriberGetsEveryEventInOrder() async throws {
    try await BenchBackend.run(topicCapacity: 1024) { backend in
      let expected = Array(Int64(1)...300)
      try await withThrowingTaskGroup(of: [Int64].self) { tasks in
        for _ in 0..<50 {
          tasks.addTask { try await Self.watch(backend, count: 300) }
        }
        try await eventually { backend.server.callsInFlight == 50 }
        for _ in 0..<30 { try await backend.publish(10) }
        for try await received in tasks { #expect(received == expected) }
      }
    }
  }

  @Test func filtersLetOnlyTheirEventsThrough() async throws {
    try await BenchBackend.run { backend in
      async let even = Self.watch(backend, count: 50, options: CallOptions(metadata: ["x-only": "even"]))
      async let all = Self.watch(backend, count: 100)
      try await eventually { backend.server.callsInFlight == 2 }
      for _ in 0..<100 { try await backend.publish(1) }
      #expect(try await even == Array(stride(from: 2, through: 100, by: 2)))
      #expect(try await all == Array(1...100))
    }
  }

  /// In any state, a subscriber learns that it must read again, and then receives later events.
  @Test func aTopicThatStartsOverTellsEverybody() async throws {
    try await BenchBackend.run { backend in
      let loop = backend.group.loops[0]
      let topic = backend.service.topic
      try await Task(executorPreference: loop) {
        let places = [topic.subscribe(on: loop), topic.subscribe(on: loop)]
        topic.startOver()
        for place in places { #expect(place.nextEvent() == nil && place.isBehind) }
        for place in places { place.catchUp() }
        let message = EchoRequest.of(bytes: 1)
        topic.publish([try PublishedEvent(message, attributes: BenchEvent(number: 1))])
        for place in places { #expect(place.nextEvent() != nil) }
      }.value
    }
  }

  /// Of a hundred events, ten concern each subscriber: it is told of these, and the others cost it nothing.
  @Test func eventsAreToldToThoseWhomTheyConcern() async throws {
    try await BenchBackend.run { backend in
      try await withThrowingTaskGroup(of: (Int64, [Int64]).self) { tasks in
        for subject in Int64(0)..<3 {
          for _ in 0..<4 {
            tasks.addTask {
              let options = CallOptions(metadata: ["x-subject": "\(subject)"])
              return (subject, try await Self.watch(backend, count: 10, options: options))
            }
          }
        }
        try await eventually { backend.server.callsInFlight == 12 }
        for _ in 0..<100 { try await backend.publish(1) }
        for try await (subject, received) in tasks {
          #expect(received == (Int64(0)..<10).map { $0 * 10 + (subject == 0 ? 10 : subject) })
        }
      }
      var told = 0
      for loop in backend.group.loops {
        told += await Task(executorPreference: loop) { backend.service.topic.subscribersTold(on: loop) }.value
      }
      #expect(told == 120)
    }
  }

  /// The subscriber has fewer events than the ring holds, while the ring turns several times.
  @Test func othersEventsPushNobodyBehind() async throws {
    try await BenchBackend.run(topicCapacity: 256) { backend in
      async let received = Self.watch(
        backend, count: 100, options: CallOptions(metadata: ["x-subject": "7", "x-only": "all"]))
      try await eventually { backend.server.callsInFlight == 1 }
      for _ in 0..<20 { try await backend.publish(50) }
      #expect(try await received == (Int64(0)..<100).map { $0 * 10 + 7 })
    }
  }

  @Test func anEventIsEncodedOnceAndOnlyForThoseWhoTakeIt() async throws {
    try await BenchBackend.run(loops: 2) { backend in
      let encoded = Mutex<[Int64: Int]>([:])
      try await withThrowingTaskGroup(of: [Int64].self) { tasks in
        for _ in 0..<6 {
          tasks.addTask {
            try await Self.watch(backend, count: 2, options: CallOptions(metadata: ["x-subject": "3"]))
          }
        }
        try await eventually { backend.server.callsInFlight == 6 }
        for number in Int64(1)...20 {
          backend.service.topic.publish([
            PublishedEvent(attributes: BenchEvent(number: number), failed: { _ in }) {
              encoded.withLock { $0[number, default: 0] += 1 }
              return Event.numbered(number)
            }
          ])
        }
        for try await received in tasks { #expect(received == [3, 13]) }
      }
      #expect(encoded.withLock { $0 } == [3: 1, 13: 1])
    }
  }

  @Test func anEventThatCannotBeEncodedIsLeftOut() async throws {
    struct NoMessage: Error {}
    try await BenchBackend.run { backend in
      async let received = Self.watch(backend, count: 2)
      try await eventually { backend.server.callsInFlight == 1 }
      let failures = Mutex(0)
      for number in Int64(1)...3 {
        backend.service.topic.publish([
          PublishedEvent(attributes: BenchEvent(number: number), failed: { _ in failures.withLock { $0 += 1 } }) {
            if number == 2 { throw NoMessage() }
            return Event.numbered(number)
          }
        ])
      }
      #expect(try await received == [1, 3])
      #expect(failures.withLock { $0 } == 1)
    }
  }

  /// One that does not read falls behind and is told so; the others notice nothing.
  @Test func slowReadersFallBehindAlone() async throws {
    try await BenchBackend.run(topicCapacity: 256) { backend in
      let slow = try await backend.client.watch(WatchRequest(in: Arena()))
      var quick = try await backend.client.watch(WatchRequest(in: Arena())).makeAsyncIterator()
      try await eventually { backend.server.callsInFlight == 2 }
      for round in 0..<Int64(400) {
        try await backend.publish(50)
        for number in 1...Int64(50) { #expect(try await quick.next()?.seq == round * 50 + number) }
      }
      var last: Int64 = 0
      await expect(.outOfRange) {
        for try await event in slow {
          #expect(event.seq == last + 1)
          last = event.seq
        }
      }
      #expect((1..<20_000).contains(last))
    }
  }

  /// Who follows a topic is told at once to go on elsewhere when the server stops.
  @Test func subscribersLeaveAStoppingServer() async throws {
    try await BenchBackend.run { backend in
      let stream = try await backend.client.watch(WatchRequest(in: Arena()))
      try await eventually { backend.server.callsInFlight == 1 }
      await backend.server.shutdown(grace: .seconds(60))
      await expect(.unavailable) { for try await _ in stream {} }
    }
  }

  private static func watch(
    _ backend: BenchBackend, count: Int, options: CallOptions = CallOptions()
  ) async throws -> [Int64] {
    var received: [Int64] = []
    let stream = try await backend.client.watch(WatchRequest(in: Arena()), options: options)
    for try await event in stream {
      received.append(event.seq)
      if received.count == count { break }
    }
    stream.cancel()
    return received
  }
}

extension Event {
  fileprivate static func numbered(_ number: Int64) -> Event {
    let event = Event(in: Arena())
    event.seq = number
    return event
  }
}

/// The part of the log that a consumer reads at a time.
struct ConsumerPage: Equatable {
  /// The number that it does not pass.
  let last: Int64
  /// The numbers of the log that it goes through: a statement must end, however few of the events are of the topics.
  let numbersMax: Int
  /// The events that it has.
  let eventsMax: Int
}

/// How many numbers of the log a consumer's next page goes through: few when they are of its topics, many when other
/// events are between them.
struct ConsumerStride: Equatable {
  static let numbersMax = 5_000

  private let eventsMax: Int
  private(set) var numbers: Int

  init(eventsMax: Int) {
    self.eventsMax = eventsMax
    numbers = min(eventsMax, Self.numbersMax)
  }

  /// A page of so many numbers had so many events.
  mutating func read(events: Int) {
    if events >= eventsMax {
      numbers = max(numbers / 2, min(eventsMax, Self.numbersMax))
    } else if events * 2 < eventsMax {
      numbers = min(numbers * 2, Self.numbersMax)
    }
  }
}

/// The subscribers on one loop that are told of the same events: those of one subject, or of all events. It tells them
/// in turn, and may pause between two of them.
final class TopicFollowers<Attributes: EventAttributes> {
  private var followers: [(subscription: Subscription<Attributes>, place: Int)] = []
  /// The next follower to tell.
  private var cursor = 0
  /// The number of followers to tell, from `cursor` on.
  private(set) var untold = 0
  /// The numbers of the first event and the last one to tell them of.
  private var news = (first: 0, last: 0)

  var isEmpty: Bool { followers.isEmpty }

  /// They are to be told of the event with this number.
  /// - Returns: whether nothing was to be told before.
  func note(_ number: Int) -> Bool {
    if followers.isEmpty { return false }
    let isFirst = untold == 0
    news = (isFirst ? number : news.first, number)
    untold = followers.count
    return isFirst
  }

  func tellNext() {
    if cursor >= followers.count { cursor = 0 }
    let follower = followers[cursor].subscription
    cursor += 1
    untold -= 1
    follower.eventsArrived(from: news.first, to: news.last)
  }

  /// - Parameter place: the follower's own number for this list.
  /// - Returns: its index here.
  func add(_ subscription: Subscription<Attributes>, place: Int) -> Int {
    followers.append((subscription, place))
    return followers.count - 1
  }

  func remove(at index: Int) {
    let last = followers.removeLast()
    if index < followers.count {
      followers[index] = last
      last.subscription.moved(place: last.place, to: index)
    }
    // The order of the followers has changed: one that was still to be told may be before the cursor.
    if untold > 0 { untold = followers.count }
  }
}

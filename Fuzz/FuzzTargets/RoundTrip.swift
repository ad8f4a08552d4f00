import Protobuf

/// What a message is written as, it is read from: the second time all must be as the first time.
enum RoundTrip {
  static func bytes<M: Message>(_ message: M) {
    guard let once = try? message.encoded() else { return }
    guard let back = try? M(decoding: once, in: message.storage.arena) else {
      return ifRoom(message, "bytes unreadable")
    }
    let twice = try? back.encoded()
    mustHold(twice == nil || twice == once, "bytes differ")
  }

  static func json<M: Message>(_ message: M, mustBeWritable: Bool) {
    for isPretty in [false, true] {
      let writing = JSONWritingOptions(isPretty: isPretty, types: MessageCheck.registry)
      guard let once = try? message.json(writing) else {
        return mustHold(!mustBeWritable, "JSON cannot be written")
      }
      let reading = JSONReadingOptions(types: MessageCheck.registry)
      guard let back = try? M(json: once, in: message.storage.arena, options: reading) else {
        return ifRoom(message, "JSON unreadable")
      }
      mustHold((try? back.json(writing)) == once, "JSON differs")
    }
  }

  static func text<M: Message>(_ message: M) {
    let once = message.textFormat(types: MessageCheck.registry)
    guard let back = try? M(textFormat: once, in: message.storage.arena, types: MessageCheck.registry) else {
      return ifRoom(message, "text unreadable")
    }
    mustHold(back.textFormat(types: MessageCheck.registry) == once, "text differs")
  }

  /// Reading again may fail for one reason: that the arena is full.
  private static func ifRoom<M: Message>(_ message: M, _ problem: String) {
    let arena = message.storage.arena
    mustHold(arena.bytesUsed > MessageCheck.arenaLimitBytes / 4, problem)
  }
}

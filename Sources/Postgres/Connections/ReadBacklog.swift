internal import EventLoop

/// What a shared connection owes: the reads that the server works on now, and those behind them.
struct ReadBacklog {
  /// The reads of the first segment that still wait for this connection. Postgres sends the answers of a segment
  /// together, so any of them may be the slow one.
  var current: [Request] = []
  /// The reads behind.
  var later: [Request] = []
  /// Whether the first segment has one read, which is therefore the slow one.
  var isCulpritKnown = false

  /// The reads that may wait for a slow one without being it.
  var heldUp: [Request] { isCulpritKnown ? later : current + later }
}

extension Connection {
  /// Everything that it owes, or only what the server works on now.
  func backlog(onlyCurrent: Bool) -> ReadBacklog {
    var backlog = ReadBacklog()
    var answersInFirst = 0
    var isFirst = true
    var position = 0
    reading: while let next = expected[position] {
      position += 1
      switch next {
      case .answer(let request):
        if isFirst { answersInFirst += 1 }
        guard isCarried(request) else { continue }
        if isFirst { backlog.current.append(request) } else { backlog.later.append(request) }
      case .sync where answersInFirst > 0:
        if onlyCurrent { break reading }
        isFirst = false
      case .sync, .prepared, .deallocated, .planning: continue
      }
    }
    backlog.isCulpritKnown = answersInFirst == 1
    return backlog
  }

  /// Cancels what the server does at present. Reads that somebody waits for, and that the cancel hits, are sent again:
  /// each in a segment of its own.
  func cancelPresentRead() {
    cancels.begin()
    StatementCancel.send(on: self) { [weak self] in
      guard let self else { return }
      cancels.end(segments: segmentsSent + (isSegmentOpen ? 1 : 0), at: loop.now)
    }
  }
}

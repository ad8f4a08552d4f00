/// A proof that the audit log was changed.
package enum AuditFlaw: Hashable, Sendable, CustomStringConvertible {
  /// An entry is not what was written.
  case changed(chain: Int, seq: Int64, id: String)
  /// Entries are gone.
  case missing(chain: Int, first: Int64, last: Int64)
  /// An entry does not continue the entry before it.
  case misplaced(chain: Int, seq: Int64, id: String)
  /// There are two entries of one number.
  case surplus(chain: Int, seq: Int64, id: String)
  /// The chain's end, or a position that was noted earlier, does not fit what is there.
  case rewritten(chain: Int, seq: Int64)
  /// No server wrote the entry: its MAC is wrong.
  case forged(chain: Int, seq: Int64, id: String)
  /// The entry has no MAC, though all that are written since have one.
  case unauthenticated(chain: Int, seq: Int64, id: String)
  /// The key that the entry's MAC was made with is not here.
  case unknownKey(chain: Int, seq: Int64, id: String, key: String)
  /// A chain has no row.
  case chainMissing(chain: Int)
  /// There is a chain, or an entry of one, whose number no chain has.
  case foreignChain(chain: Int, id: String?)
  /// A position that only a server can sign is not signed by one.
  case unsigned(chain: Int, what: String)
  /// The chain's beginning is not where a server has signed that retention left it.
  case floorMoved(chain: Int, from: Int64, to: Int64)
  /// The chain begins after entries that retention keeps.
  case floorTooYoung(chain: Int, seq: Int64)
  /// The boundary of entries without a MAC was set once, and is gone.
  case boundaryMissing
  /// The boundary of entries without a MAC is after an end that a chain had when the boundary was already set.
  case boundaryMoved(chain: Int, from: Int64, to: Int64)
  /// A record of heads that went out follows another, which is not among them.
  case recordMissing(before: Instant)
  /// A record of heads that went out was changed.
  case recordChanged(line: Int)

  /// A sentence for an operator.
  package var description: String {
    switch self {
    case .changed(let chain, let seq, let id): "chain \(chain), entry \(seq) (\(id)): changed since it was written"
    case .missing(let chain, let first, let last) where first == last: "chain \(chain), entry \(first): missing"
    case .missing(let chain, let first, let last): "chain \(chain), entries \(first) to \(last): missing"
    case .misplaced(let chain, let seq, let id): "chain \(chain), entry \(seq) (\(id)): not what followed there"
    case .surplus(let chain, let seq, let id): "chain \(chain), entry \(seq) (\(id)): a second one of this number"
    case .rewritten(let chain, let seq): "chain \(chain): what is known of entry \(seq) does not fit what is there"
    case .forged(let chain, let seq, let id): "chain \(chain), entry \(seq) (\(id)): written by no server, or changed"
    case .unauthenticated(let chain, let seq, let id):
      "chain \(chain), entry \(seq) (\(id)): has no MAC; written by no server, or by one of an earlier release"
    case .unknownKey(let chain, let seq, let id, let key):
      "chain \(chain), entry \(seq) (\(id)): its MAC was made with key \(key), which this database does not have"
    case .chainMissing(let chain): "chain \(chain): its row is missing"
    case .foreignChain(let chain, nil): "chain \(chain): there is no such chain"
    case .foreignChain(let chain, let id?): "chain \(chain), entry \(id): there is no such chain"
    case .unsigned(let chain, let what): "chain \(chain): its \(what) is not signed by a server"
    case .floorMoved(let chain, let from, let to):
      "chain \(chain): begins behind entry \(to), though retention left it behind entry \(from)"
    case .floorTooYoung(let chain, let seq): "chain \(chain): retention keeps entry \(seq), which is gone"
    case .boundaryMissing: "the boundary of entries without a MAC is missing"
    case .boundaryMoved(let chain, let from, let to):
      "chain \(chain): entries up to \(to) may lack a MAC, though those behind \(from) needed one; no operator said so"
    case .recordMissing(let time): "heads of \(time.forPeople): the record before them is missing"
    case .recordChanged(let line): "line \(line) of the heads: changed since it was written, or of another database"
    }
  }
}

/// A finding in the audit log that proves nothing but deserves a look.
package enum AuditRemark: Hashable, Sendable, CustomStringConvertible {
  /// An entry is older than the one before it.
  case wentBack(chain: Int, seq: Int64)
  /// An entry was written in the future.
  case future(chain: Int, seq: Int64)
  /// The server's clock and the database's were far apart.
  case clocksDiffer(chain: Int, seq: Int64)
  /// No boundary was set yet.
  case noBoundary(entries: Int)
  /// Entries came after the last heads that went out.
  case notSent(since: Instant)

  /// A sentence for an operator.
  package var description: String {
    switch self {
    case .wentBack(let chain, let seq): "chain \(chain), entry \(seq): older than the one before it; a clock went back"
    case .future(let chain, let seq): "chain \(chain), entry \(seq): of the future; a clock was ahead"
    case .clocksDiffer(let chain, let seq):
      "chain \(chain), entry \(seq): the server's clock and the database's were more than a day apart"
    case .noBoundary(let count):
      "entries without a MAC: \(count); a server sets the boundary up to which entries may lack one, 15 minutes after "
        + "its start"
    case .notSent(let time):
      "entries were written long after the last heads that went out, of \(time.forPeople): those are compared with "
        + "nothing; no server ran since, or what went out was cut"
    }
  }
}

/// What is wrong with the audit log.
package enum AuditFlaw: Hashable, Sendable, CustomStringConvertible {
  /// An entry is not what was written.
  case changed(chain: Int, seq: Int64, id: String)
  /// Entries are gone.
  case missing(chain: Int, first: Int64, last: Int64)
  /// An entry does not belong behind the one that stands before it.
  case misplaced(chain: Int, seq: Int64, id: String)
  /// There are two entries of one number.
  case surplus(chain: Int, seq: Int64, id: String)
  /// The chain's end, or a place that was noted earlier, does not fit what is there.
  case rewritten(chain: Int, seq: Int64)

  /// A sentence for whoever looks into it.
  package var description: String {
    switch self {
    case .changed(let chain, let seq, let id): "chain \(chain), entry \(seq) (\(id)): changed since it was written"
    case .missing(let chain, let first, let last) where first == last: "chain \(chain), entry \(first): missing"
    case .missing(let chain, let first, let last): "chain \(chain), entries \(first) to \(last): missing"
    case .misplaced(let chain, let seq, let id): "chain \(chain), entry \(seq) (\(id)): not what followed there"
    case .surplus(let chain, let seq, let id): "chain \(chain), entry \(seq) (\(id)): a second one of this number"
    case .rewritten(let chain, let seq): "chain \(chain): what is known of entry \(seq) does not fit what is there"
    }
  }
}

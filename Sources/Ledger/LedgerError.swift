/// The reason why money does not move.
package enum LedgerError: Error, Hashable, Sendable {
  /// The balance of an account would go below its floor. The transaction has failed.
  case belowFloor
  /// An amount to move is not above 0.
  case amountNotPositive
  /// The sum of an account's entries in a posting does not fit.
  case overflow
  /// Two accounts of a move, or an amount, have different currencies.
  case differentCurrencies
  /// There is no hold with this id.
  case noSuchHold
  /// The hold has ended.
  case holdEnded(HoldState)
  /// More is to be captured than is held.
  case moreThanHeld
}

/// The states of a hold: an open one ends once, in one of three ways.
package enum HoldState: String, Sendable {
  /// The amount is set aside.
  case open
  /// It was spent.
  case captured
  /// It was given back.
  case released
  /// It was given back because its time was over.
  case expired
}

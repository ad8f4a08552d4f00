/// What has a connection to itself outside of the pipeline: see ``Connection/beginDirect(_:)``.
protocol DirectExchange: AnyObject {
  /// Whether the server owes it an answer, within the time of a statement.
  var isAnswerDue: Bool { get }
  /// Input has arrived.
  func received()
  /// Everything that was to be sent is.
  func drained()
  /// The connection is gone.
  func closed(_ error: PostgresError)
}

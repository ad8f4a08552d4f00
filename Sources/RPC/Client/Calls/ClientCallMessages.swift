public import Protobuf

extension ClientCall {
  /// The task that waits for responses.
  enum Reader {
    /// For the next one, nil after the last.
    case next(CheckedContinuation<[UInt8]?, any Error>)
    /// For the only one, once the call has ended well.
    case only(CheckedContinuation<[UInt8], any Error>)
  }

  // MARK: Requests

  /// Adds a message to what goes out.
  func send(_ message: [UInt8]) {
    if outcome != nil || requestsEnded { return }
    replay.add(message)
    guard let attempt else { return }
    if attempt.isLive, let connection = attempt.connection {
      attempt.add(message, on: connection)
      attempt.wakeSender()
    }
    if replay.isOverfull { commit() }
  }

  /// Resumes when there is room for another message, or throws what the call ended with.
  func waitForRoom(_ waiter: CheckedContinuation<Void, any Error>) {
    if let outcome { return waiter.resume(with: outcome) }
    if unsentBytes <= channel.options.limits.requestBufferBytes { return waiter.resume() }
    sender = waiter
  }

  /// The bytes that the call has and the connection does not have yet.
  private var unsentBytes: Int {
    if let attempt { return attempt.isLive ? attempt.outgoing.count : 0 }
    return replay.bytes
  }

  func endRequests() {
    if requestsEnded { return }
    requestsEnded = true
    guard let attempt, attempt.isLive else { return }
    attempt.sendingEnded = true
    attempt.wakeSender()
  }

  /// The connection took some of what goes out; so many bytes are left.
  func drained(_ left: Int) {
    guard let sender, left <= channel.options.limits.requestBufferBytes / 2 else { return }
    self.sender = nil
    sender.resume()
  }

  // MARK: Responses

  /// Gives the caller a response in the server's stead. With one response, it is the call's; a stream takes any number.
  public func answer<Response: Message>(with message: Response) throws {
    answers.append(try message.encoded())
    deliver()
  }

  func receive(_ reader: Reader) {
    self.reader = reader
    deliver()
  }

  /// Gives the reader what it waits for, if it is there.
  func deliver() {
    switch reader {
    case nil: return
    case .next(let waiter):
      // A response that cannot be read ends the call, which comes here again.
      reader = nil
      guard let result = nextOrEnd() else {
        reader = .next(waiter)
        return
      }
      waiter.resume(with: result)
    case .only(let waiter):
      guard let outcome else {
        if let attempt, attempt.isLive { attempt.makeRoom() }
        return
      }
      reader = nil
      waiter.resume(with: outcome.flatMap { onlyResponse() })
    }
  }

  /// The next response, or the end; nil while neither is there.
  private func nextOrEnd() -> Result<[UInt8]?, any Error>? {
    do throws(RPCError) {
      if let message = try nextResponse() {
        delivered += 1
        return .success(message)
      }
    } catch {
      end(.failure(error))
      return .failure(error)
    }
    guard let outcome else { return nil }
    return outcome.flatMap { endsWithinMessage ? .failure(ClientAttempt.truncated) : .success(nil) }
  }

  private func nextResponse() throws(RPCError) -> [UInt8]? {
    if !answers.isEmpty { return answers.removeFirst() }
    return try attempt?.nextMessage(of: self)
  }

  private func onlyResponse() -> Result<[UInt8], any Error> {
    defer { attempt = nil }
    do throws(RPCError) {
      guard let message = try nextResponse() else {
        return .failure(RPCError(.unimplemented, "the call succeeded without a response"))
      }
      return try nextResponse() == nil ? .success(message) : .failure(ClientAttempt.tooMany)
    } catch {
      return .failure(error)
    }
  }

  private var endsWithinMessage: Bool { attempt.map { !$0.incoming.isEmpty } ?? false }
}

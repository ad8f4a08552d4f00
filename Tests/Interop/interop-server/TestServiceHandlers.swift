internal import EventLoop
internal import Foundation
internal import InteropAPI
internal import Protobuf
internal import RPC

/// What every server does that takes part in the interoperability suite.
///
/// Source: `grpc/doc/interop-test-descriptions.md`, "Server".
struct TestServiceHandlers: TestService {
  /// How long a proxy may answer for us.
  private static let cacheControl = "max-age=60, public"
  /// Responses that one half-duplex call may have asked for before the first is sent.
  private static let plannedResponsesMax = 10_000

  /// One for each server, so that clients see which one answered.
  private let serverID = UUID().uuidString
  private let hostname = ProcessInfo.processInfo.hostName
  let loadReports: LoadReports

  func emptyCall(_ request: Nothing, _ call: Call) async throws -> Nothing {
    Nothing(in: call.arena)
  }

  func unaryCall(_ request: SimpleRequest, _ call: Call) async throws -> SimpleResponse {
    try request.expectCompressed?.check(call)
    try request.responseStatus?.throwIfWanted()
    try request.orcaPerQueryReport?.report(with: call)
    if let report = request.orcaOobReport { try loadReports.update(report) }
    if let wanted = request.responseCompressed { call.compression = wanted.value ? .gzip : .identity }
    let response = SimpleResponse(in: call.arena)
    response.payload = try Payload.of(request.responseType, size: request.responseSize, in: call.arena)
    response.hostname = call.arena.text(hostname)
    if request.fillServerID { response.serverID = call.arena.text(serverID) }
    return response
  }

  func cacheableUnaryCall(_ request: SimpleRequest, _ call: Call) async throws -> SimpleResponse {
    call.headers.add("cache-control", Self.cacheControl)
    let now = Date().timeIntervalSince1970
    let response = SimpleResponse(in: call.arena)
    response.payload = Payload(in: call.arena)
    response.payload?.body = Bytes("\(UInt64(now * 1e9))".utf8, in: call.arena)
    return response
  }

  func streamingOutputCall(
    _ request: StreamingOutputCallRequest, _ responses: ResponseStream<StreamingOutputCallResponse>, _ call: Call
  ) async throws {
    try await answer(request, responses, call)
  }

  func streamingInputCall(
    _ requests: RequestStream<StreamingInputCallRequest>, _ call: Call
  ) async throws -> StreamingInputCallResponse {
    var requests = requests
    var total: Int32 = 0
    while let request = try await requests.next() {
      try request.expectCompressed?.check(call)
      total &+= Int32(truncatingIfNeeded: request.payload?.body.count ?? 0)
    }
    let response = StreamingInputCallResponse(in: call.arena)
    response.aggregatedPayloadSize = total
    return response
  }

  func fullDuplexCall(
    _ requests: RequestStream<StreamingOutputCallRequest>, _ responses: ResponseStream<StreamingOutputCallResponse>,
    _ call: Call
  ) async throws {
    var requests = requests
    while let request = try await requests.next() { try await answer(request, responses, call) }
  }

  func halfDuplexCall(
    _ requests: RequestStream<StreamingOutputCallRequest>, _ responses: ResponseStream<StreamingOutputCallResponse>,
    _ call: Call
  ) async throws {
    var requests = requests
    var planned: [PlannedResponse] = []
    while let request = try await requests.next() {
      try request.responseStatus?.throwIfWanted()
      planned += request.responseParameters.map { PlannedResponse($0, request.responseType) }
      if planned.count > Self.plannedResponsesMax {
        throw RPCError(.resourceExhausted, "more than \(Self.plannedResponsesMax) responses were asked for")
      }
    }
    for response in planned { try await response.send(to: responses, call) }
  }

  func unimplementedCall(_ request: Nothing, _ call: Call) async throws -> Nothing {
    throw RPCError(.unimplemented, "this method is not implemented, as the suite wants it")
  }

  private func answer(
    _ request: StreamingOutputCallRequest, _ responses: ResponseStream<StreamingOutputCallResponse>, _ call: Call
  ) async throws {
    try request.responseStatus?.throwIfWanted()
    if let report = request.orcaOobReport { try loadReports.update(report) }
    for parameters in request.responseParameters {
      try await PlannedResponse(parameters, request.responseType).send(to: responses, call)
    }
  }
}

extension OptionalFlag {
  /// Refuses a request that did not come as it says.
  fileprivate func check(_ call: Call) throws(RPCError) {
    if value == call.requestWasCompressed { return }
    throw RPCError(.invalidArgument, value ? "the request is not compressed" : "the request is compressed")
  }
}

extension EchoStatus {
  /// Ends the call as its caller wants it, unless that is well.
  fileprivate func throwIfWanted() throws(RPCError) {
    if code == StatusCode.ok.rawValue { return }
    throw RPCError(StatusCode(rawValue: code) ?? .unknown, message.string)
  }
}

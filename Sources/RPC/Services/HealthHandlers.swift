internal import Protobuf

/// Answers `grpc.health.v1.Health` from a registry.
struct HealthHandlers: HealthService {
  /// More services than this are not listed, says the protocol.
  static let listedMax = 100

  let registry: HealthRegistry

  func check(_ request: HealthCheckRequest, _ call: Call) async throws -> HealthCheckResponse {
    guard let status = registry.status(of: request.service.string) else {
      throw RPCError(.notFound, "there is no service \"\(EchoedText.cut(request.service.string))\" here")
    }
    let response = HealthCheckResponse(in: call.arena)
    response.status = Self.wire(status)
    return response
  }

  func list(_ request: HealthListRequest, _ call: Call) async throws -> HealthListResponse {
    let statuses = registry.statuses
    guard statuses.count <= Self.listedMax else {
      throw RPCError(.resourceExhausted, "more than \(Self.listedMax) services cannot be listed")
    }
    let response = HealthListResponse(in: call.arena)
    for (service, status) in statuses {
      let entry = HealthCheckResponse(in: call.arena)
      entry.status = Self.wire(status)
      response.statuses[call.arena.text(service)] = entry
    }
    return response
  }

  func watch(
    _ request: consuming HealthCheckRequest, _ responses: ResponseStream<HealthCheckResponse>, _ call: Call
  ) async throws {
    call.isEndless = true
    let service = request.service.string
    _ = consume request
    for await status in registry.changes(of: service) {
      let response = HealthCheckResponse(in: responses.arena)
      response.status = status.map(Self.wire) ?? .serviceUnknown
      try await responses.send(response)
      responses.rest()
    }
  }

  private static func wire(_ status: HealthRegistry.Status) -> HealthCheckResponse.ServingStatus {
    status == .serving ? .serving : .notServing
  }
}

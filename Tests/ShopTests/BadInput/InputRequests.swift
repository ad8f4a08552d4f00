import FastShopAPI
import IdentityAPI
import Protobuf
import RPC
import Testing

/// Requests of one method: good ones, to put values into, and how they end.
struct InputRequests {
  let things: AccessResources
  let options: CallOptions
  let method: ServiceDescriptor.Method
  let row: InputRow

  init(_ environment: AccessEnvironment, _ method: ServiceDescriptor.Method) throws {
    things = try environment.things(for: .admin)
    options = try environment.options(for: .admin)
    self.method = method
    row = InputRow.row(of: method.path) ?? InputRow(String(method.path.dropFirst()))
  }

  /// A good request, encoded: one that has the field, if there are several.
  func sample(with field: RequestField?) async throws -> [UInt8] {
    if let sample = row.sample { return try encoded(try await sample(things)) }
    let cases = try #require(AccessRow.row(of: method.path)).cases
    let one = try #require(cases.first { $0.fields.contains(field?.path ?? "") } ?? cases.first)
    let relation = AccessRelation.allCases.first { one.outcomes[$0] != nil } ?? .own
    return try encoded(try await one.request(things, relation).json)
  }

  /// What a field may hold, and what it must not.
  func values(of field: RequestField, foreignToken: String) -> [InputValue] {
    guard let rule = row.rules[field.path] ?? InputRule.usual(for: field) else { return [] }
    if rule.isReported { return [] }
    return InputRule.never(field, isIgnored: rule.isIgnored) + rule.values(field.own, foreignToken)
  }

  /// The encoding of a request that `json` writes.
  func encoded(_ json: String) throws -> [UInt8] { try Self.encoded(json, as: method.input) }

  private static func encoded<M: Message>(_ json: String, as _: M.Type) throws -> [UInt8] {
    try M(json: json, in: Arena()).encoded()
  }

  /// How a call ends whose request is these bytes: of a stream, at its first response.
  func error(of bytes: [UInt8]) async -> RPCError? {
    await failure {
      // All that this type does not know is kept, and sent.
      let request = try GetProfileRequest(decoding: bytes, in: Arena())
      let channel = things.node.channel
      switch method.kind {
      case .unary:
        let _: GetProfileRequest = try await channel.unary(method.path, request, options)
      case .serverStreaming:
        let responses: ClientResponseStream<GetProfileRequest> = try await channel.serverStreaming(
          method.path, request, options)
        for try await _ in responses { return }
      case .clientStreaming:
        let call: ClientStreamingCall<GetProfileRequest, GetProfileRequest> = try await channel.clientStreaming(
          method.path, options)
        try await call.send(request)
        _ = try await call.finish()
      case .bidirectional:
        let call: BidirectionalCall<GetProfileRequest, GetProfileRequest> = try await channel.bidirectional(
          method.path, options)
        try await call.send(request)
        call.endRequests()
        for try await _ in call.responses { return }
      }
    }
  }
}

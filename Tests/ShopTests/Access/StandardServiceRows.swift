import RPC

extension AccessRow {
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  private static let inspectors: Set<TestCaller> = [.admin, .key, .certificate, .keyWithoutAny]

  private static func channelz(_ method: String, plainFields: Set<String> = [], _ one: AccessCase) -> AccessRow {
    AccessRow("grpc.channelz.v1.Channelz/" + method, inspectors, plainFields: plainFields, one)
  }

  private static func noSuch(_ field: String) -> AccessCase {
    .one(field, absent: missing) { _, _ in AccessRequest(json: "{\"\(field)\": \"987654321\"}", names: ["987654321"]) }
  }

  private static func health(_ method: String, absent: AccessOutcome) -> AccessRow {
    unseen(
      "grpc.health.v1.Health/" + method,
      .one("service", own: found, absent: absent) { _, whose in
        let name = whose == .own ? "" : "nobodys.v1.NoService"
        return AccessRequest(json: "{\"service\": \"\(name)\"}", names: name.isEmpty ? [] : [name])
      })
  }

  /// What every gRPC server has. Of whom is connected, those know who may inspect the platform.
  static let standardServices = [
    health("Check", absent: missing), health("Watch", absent: found),
    unseen("grpc.health.v1.Health/List", .plain(.ok)),
    unseen("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", .plain(.ok)),
    unseen("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", .plain(.ok)),
    channelz("GetTopChannels", plainFields: ["start_channel_id"], .plain(.ok)),
    channelz("GetServers", plainFields: ["start_server_id"], .plain(.ok)),
    channelz("GetServer", noSuch("server_id")),
    channelz("GetServerSockets", plainFields: ["start_socket_id"], noSuch("server_id")),
    channelz("GetChannel", noSuch("channel_id")),
    channelz("GetSubchannel", noSuch("subchannel_id")),
    channelz("GetSocket", noSuch("socket_id")),
  ]
}

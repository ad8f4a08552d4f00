import RPC

extension InputRow {
  private static let unknown = InputRule.looked(up: .ok, "the stream answers that there is none")

  private static func channelz(_ method: String, _ rules: [String: InputRule]) -> InputRow {
    InputRow("grpc.channelz.v1.Channelz/" + method, rules)
  }

  private static func absent(_ field: String) -> [String: InputRule] {
    [field: .anyNumber(.notFound, "there is none of that number")]
  }

  private static let start = InputRule.anyNumber(.ok, "the list begins behind it")
  private static let count = InputRule.number(0...Int64.max)

  private static func reflection(_ version: String) -> InputRow {
    InputRow(
      "grpc.reflection.\(version).ServerReflection/ServerReflectionInfo",
      [
        "host": unknown, "file_by_filename": unknown, "file_containing_symbol": unknown,
        "file_containing_extension.containing_type": unknown,
        "file_containing_extension.extension_number": .anyNumber(.ok, "the stream answers that there is none"),
        "all_extension_numbers_of_type": unknown, "list_services": unknown,
      ])
  }

  /// What every gRPC server has.
  static let standardServices = [
    InputRow("grpc.health.v1.Health/Check", ["service": .looked(up: .notFound, "there is no such service")]),
    InputRow("grpc.health.v1.Health/Watch", ["service": .looked(up: .ok, "it may come to be")]),
    reflection("v1"), reflection("v1alpha"),
    channelz("GetTopChannels", ["start_channel_id": start, "max_results": count]),
    channelz("GetServers", ["start_server_id": start, "max_results": count]),
    channelz("GetServer", absent("server_id")),
    channelz(
      "GetServerSockets",
      [
        "server_id": .anyNumber(.notFound, "there is none of that number"),
        "start_socket_id": .anyNumber(.notFound, "the sample's server is none"),
        "max_results": count,
      ]),
    channelz("GetChannel", absent("channel_id")), channelz("GetSubchannel", absent("subchannel_id")),
    channelz("GetSocket", absent("socket_id")),
  ]
}

public import Protobuf

/// The services that every gRPC server is expected to offer beside its own.
public enum StandardServices {
  /// `services` with health (v1) and reflection (v1 and v1alpha) added, all of which are listed by reflection.
  ///
  /// `files` are the .proto files of `services` with what they import; the standard ones are known. With
  /// `showsConnections`, channelz is added too: it tells whoever may call it who else is connected.
  public static func added(
    to services: [any RPCService], files: [FileDescriptor], health: HealthRegistry, showsConnections: Bool = false
  ) -> [any RPCService] {
    let index = DescriptorIndex(files + standardFiles + wellKnownFiles)
    let services = services + (showsConnections ? [ChannelzHandlers()] : [])
    let own = services.map(\.serviceDescriptor)
    let listed = (own + descriptors).map(\.fullName).sorted()
    return services + [
      HealthHandlers(registry: health),
      ReflectionHandlers(serviceDescriptor: serverReflectionServiceDescriptor, index: index, services: listed),
      ReflectionHandlers(serviceDescriptor: v1AlphaServerReflectionServiceDescriptor, index: index, services: listed),
    ]
  }

  /// What health and reflection are, for those who call them by name.
  public static var descriptors: [ServiceDescriptor] {
    [healthServiceDescriptor, serverReflectionServiceDescriptor, v1AlphaServerReflectionServiceDescriptor]
  }

  /// What channelz is.
  public static var connections: ServiceDescriptor { channelzChannelzServiceDescriptor }
}

public import Protobuf

/// The standard services that a gRPC server offers besides its own.
public enum StandardServices {
  /// `files` are the .proto files of `services` with their imports; the standard ones are known. With
  /// `showsConnections`, channelz is added, which shows its callers who else is connected.
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

  /// The descriptors of health and reflection, for calls by name.
  public static var descriptors: [ServiceDescriptor] {
    [healthServiceDescriptor, serverReflectionServiceDescriptor, v1AlphaServerReflectionServiceDescriptor]
  }

  /// `services` and the standard ones: all that a server with `services` of its own may offer.
  public static func known(with services: [ServiceDescriptor]) -> [ServiceDescriptor] {
    services + descriptors + [connections]
  }

  /// The descriptor of channelz.
  public static var connections: ServiceDescriptor { channelzChannelzServiceDescriptor }
}

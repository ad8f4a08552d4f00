import ProtoSchema

/// The Swift names of the declarations for a service.
struct ServiceNaming {
  /// The protocol that handlers conform to.
  let protocolName: String
  /// The struct that calls the service.
  let client: String

  init(_ service: ServiceSchema, prefix: String) {
    let base = service.name.hasSuffix("Service") ? String(service.name.dropLast("Service".count)) : service.name
    protocolName = prefix + base + "Service"
    client = prefix + base + "Client"
  }

  /// The constant that holds its descriptor.
  var descriptor: String { SwiftNaming.method(protocolName) + "Descriptor" }
}

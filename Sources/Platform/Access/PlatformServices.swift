/// The policies of the standard services of gRPC, whose .proto files cannot hold our options.
enum PlatformServices {
  /// Their policies, by the services' full names: all of a service's methods have the same.
  static let policies: [String: MethodPolicy] = [
    // Balancers ask, who have no account, and must always be answered.
    "grpc.health.v1.Health": MethodPolicy(
      access: .withoutCredentials, limiterClass: .exempt, isSideEffectFree: true),
    // The API's description is public. A tool asks about a hundred questions, each of which costs little.
    "grpc.reflection.v1.ServerReflection": MethodPolicy(
      access: .withoutCredentials, limiterClass: .browse, isSideEffectFree: true),
    "grpc.reflection.v1alpha.ServerReflection": MethodPolicy(
      access: .withoutCredentials, limiterClass: .browse, isSideEffectFree: true),
    // The connections and their addresses are confidential.
    "grpc.channelz.v1.Channelz": MethodPolicy(
      access: .permitted(.platformInspect), scope: .platformInspect, isAdministrative: true, isSideEffectFree: true),
  ]
}

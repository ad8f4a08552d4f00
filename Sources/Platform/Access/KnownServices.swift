internal import FastShopAPI
package import RPC

/// The services that a server may offer: the shop's and the standard ones.
package enum KnownServices {
  /// What `fastshop call` can call, and the reference lists.
  package static let all: [ServiceDescriptor] =
    fastshopAPIServices + StandardServices.descriptors + [StandardServices.connections]
}

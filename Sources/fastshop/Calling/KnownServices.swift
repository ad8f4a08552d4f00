import FastShopAPI
import RPC

/// What `fastshop call` can call, and docs/api.md lists: the shop's services and the standard ones.
enum KnownServices {
  static let all: [ServiceDescriptor] =
    fastshopAPIServices + StandardServices.descriptors + [StandardServices.connections]
}

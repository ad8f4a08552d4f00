import FastShopAPI
import RPC

/// What `fastshop call` can call: the shop's services and the standard ones.
enum KnownServices {
  static let all: [ServiceDescriptor] =
    [catalogServiceDescriptor, inventoryServiceDescriptor] + StandardServices.descriptors
}

internal import BenchAPI
internal import EventLoop
internal import Protobuf

/// The products that ListProducts answers with: plain values in memory, of which every call makes fresh messages.
///
/// Each loop has its own, because a `Text` belongs to one loop.
final class Listing {
  private static let productCount = 100
  private static let onLoop = LoopLocal<Listing>()

  private let arena = Arena()
  private let products: [ListedProduct]

  private init() {
    let arena = arena
    products = (0..<Self.productCount).map { ListedProduct(number: $0, in: arena) }
  }

  /// The listing of the loop that runs this.
  static func on(_ loop: EventLoop) -> Listing {
    if let listing = loop[onLoop] { return listing }
    let listing = Listing()
    loop[onLoop] = listing
    return listing
  }

  /// Appends the first `count` products, or all when there are fewer.
  /// The messages point at the listing's texts.
  func write(first count: Int, to reply: ListReply, in arena: Arena) {
    arena.keep(self.arena)
    for product in products.prefix(max(0, count)) { product.write(to: reply.products.appendNew()) }
  }
}

import CatalogAPI
import Protobuf
import Testing

@testable import Platform

extension ShopTests {
  @Suite struct MessageCacheTests {
    private static func message(_ title: String, bytes: Int = 0) throws -> EncodedMessage<Product> {
      let product = Product(in: Arena())
      product.title = product.text(title)
      product.description = product.text(String(repeating: "x", count: bytes))
      return try EncodedMessage(product)
    }

    @Test("it has the messages of the versions that were kept, in the order asked, and none if one is missing")
    func versions() throws {
      let cache = MessageCache<Product>()
      #expect(cache.messages(of: []) != nil)
      #expect(cache.messages(of: ["a 1"]) == nil)
      cache.keep([try Self.message("A"), try Self.message("BB")], of: ["a 1", "b 1"])
      #expect(cache.messages(of: ["b 1", "a 1", "b 1"])?.map(\.byteCount) == [5, 4, 5])
      #expect(cache.messages(of: ["a 1", "a 2"]) == nil)
      let statistics = cache.statistics
      #expect(statistics.hits == 4 && statistics.misses == 2 && statistics.messages == 2)
    }

    @Test("it never has more bytes than it may, and what is used stays")
    func bound() throws {
      let bytesMax = 20_000
      let cache = MessageCache<Product>(bytesMax: bytesMax)
      cache.keep([try Self.message("used", bytes: 1_000)], of: ["used"])
      for number in 0..<1_000 {
        cache.keep([try Self.message("\(number)", bytes: 100 + number)], of: ["\(number)"])
        #expect(cache.messages(of: ["used"]) != nil)
        #expect(cache.statistics.bytes <= bytesMax)
      }
      #expect(cache.messages(of: ["999"]) != nil && cache.messages(of: ["0"]) == nil)
      cache.keep([try Self.message("too large", bytes: bytesMax)], of: ["too large"])
      #expect(cache.messages(of: ["too large"]) == nil && cache.messages(of: ["used"]) != nil)
    }

    @Test("its parts have locks of their own, and together no more bytes than it may")
    func parts() throws {
      #expect(MessageCache<Product>().shardCount == MessageCacheSize.shardsMax)
      let bytesMax = 4 * MessageCacheSize.shardBytesMin
      let cache = MessageCache<Product>(bytesMax: bytesMax)
      #expect(cache.shardCount == 4)
      let large = try Self.message("large", bytes: 100_000)
      for number in 0..<400 { cache.keep([large], of: ["\(number)"]) }
      let kept = cache.statistics
      #expect(kept.bytes <= bytesMax && kept.bytes > bytesMax / 2)
      #expect(kept.messages == (0..<400).count { cache.messages(of: ["\($0)"]) != nil })
      #expect(cache.statistics.hits == kept.messages && cache.statistics.misses == 400 - kept.messages)
    }
  }
}

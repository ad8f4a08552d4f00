internal import BenchAPI
internal import Protobuf
internal import RPC

/// `bench.v1.Bench` on our runtime.
struct BenchHandlers: BenchService {
  private static let publishedMax: Int32 = 10_000

  let products: ProductTable?
  let feed: StockFeed

  func echo(_ request: EchoRequest, _ call: Call) async throws -> EchoReply {
    let reply = EchoReply(in: call.arena)
    reply.id = request.id
    reply.payload = request.payload
    return reply
  }

  func listProducts(_ request: ListRequest, _ call: Call) async throws -> ListReply {
    let reply = ListReply(in: call.arena)
    Listing.on(call.loop).write(first: Int(request.size), to: reply, in: call.arena)
    return reply
  }

  func getProduct(_ request: GetRequest, _ call: Call) async throws -> FlatProduct {
    guard let products else { throw RPCError(.failedPrecondition, "the server was started without --database-url") }
    guard let product = try await products.product(request.id, in: call.arena, on: call.loop) else {
      throw RPCError(.notFound, "no such product")
    }
    return product
  }

  func watch(_ request: WatchRequest, _ responses: ResponseStream<Event>, _ call: Call) async throws {
    try await responses.follow(feed.subscribe(on: call.loop, atLeast: 0))
    throw RPCError(.resourceExhausted, "the watcher reads more slowly than events come")
  }

  func publish(_ request: PublishRequest, _ call: Call) async throws -> PublishReply {
    guard (0...Self.publishedMax).contains(request.count) else {
      throw RPCError(.invalidArgument, "count must be from 0 to \(Self.publishedMax)")
    }
    let reply = PublishReply(in: call.arena)
    reply.lastSeq = try feed.publish(Int(request.count), using: call.arena)
    return reply
  }
}

import BenchAPI
import EventLoop
import Protobuf
import RPC

/// Runs `body`, then ends the channel, its server and their loops, whatever became of it.
func serve(
  _ server: RPCServer, _ channel: Channel, _ group: EventLoopGroup, _ body: () async throws -> Void
) async throws {
  let outcome: Result<Void, any Error>
  do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
  await channel.close()
  await server.shutdown(grace: .milliseconds(100))
  group.shutdown()
  try outcome.get()
}

extension EchoRequest {
  /// One whose payload has so many bytes.
  static func of(bytes: Int) -> EchoRequest {
    let arena = Arena()
    let request = EchoRequest(in: arena)
    request.payload = Bytes(repeatElement(7, count: bytes), in: arena)
    return request
  }
}

import BenchAPI
import CProtobufC
import Glibc
import Protobuf

/// Measures building, encoding and decoding the list of 20 rich products (27 kB) of `bench.proto`, beside
/// protobuf-c's own packing of the same structs.
///
///     swift run -c release encode-bench
@main
enum EncodeBench {
  static let products = 20
  static let rounds = 7
  static let turnsPerRound = 3_000

  static func main() throws {
    let shelf = Arena()
    let examples = (0..<products).map { ExampleProduct($0, in: shelf) }
    let arena = Arena()
    let reply = ListReply(in: arena)
    fill(reply, from: examples, on: shelf)
    var buffer = EncodeBuffer(capacity: 64 << 10)
    try reply.encode(into: &buffer)
    let ours = buffer.withUnsafeBytes { Array($0) }
    let theirs = pack(reply)
    guard ours == theirs else {
      print("our encoding differs from protobuf-c's")
      exit(1)
    }
    print("one list of \(products) products: \(ours.count) bytes")

    var room = [UInt8](repeating: 0, count: ours.count)
    let packing = measure { room.withUnsafeMutableBufferPointer { pack(reply, into: $0) } }
    report("encode, protobuf-c", packing, against: packing)
    let encode = measure {
      buffer.removeAll()
      try? reply.encode(into: &buffer)
    }
    report("encode, ours", encode, against: packing)

    let reused = Arena()
    let building = measure {
      reused.reset()
      fill(ListReply(in: reused), from: examples, on: shelf)
    }
    report("build by setters", building, against: packing)
    let decoding = measure {
      reused.reset()
      _ = try? ours.withUnsafeBytes { try ListReply(decoding: $0, in: reused) }
    }
    report("decode with checks", decoding, against: packing)
    report("unpack, protobuf-c with malloc", measure { unpack(ours) }, against: packing)
  }

  private static func fill(_ reply: ListReply, from examples: [ExampleProduct], on shelf: Arena) {
    reply.storage.arena.keep(shelf)
    let examples = examples.span
    for index in examples.indices { examples[index].fill(reply.products.appendNew()) }
  }

  /// Median µs for one turn.
  private static func measure(_ turn: () -> Void) -> Double {
    var samples: [Double] = []
    for _ in 0..<rounds {
      let start = now()
      for _ in 0..<turnsPerRound { turn() }
      samples.append((now() - start) / Double(turnsPerRound))
    }
    return samples.sorted()[rounds / 2]
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
  }

  private static func report(_ name: String, _ time: Double, against base: Double) {
    let tenths = Int((time * 10).rounded())
    let percent = Int((time / base * 100).rounded())
    print("\(name): \(tenths / 10).\(tenths % 10) µs, \(percent) % of protobuf-c's packing")
  }

  private static func pack(_ reply: ListReply) -> [UInt8] {
    let message = reply.storage.pointer.assumingMemoryBound(to: ProtobufCMessage.self)
    return [UInt8](unsafeUninitializedCapacity: protobuf_c_message_get_packed_size(message)) { room, count in
      count = protobuf_c_message_pack(message, room.baseAddress)
    }
  }

  /// What a program does with protobuf-c: asks for the size, then packs.
  private static func pack(_ reply: ListReply, into room: UnsafeMutableBufferPointer<UInt8>) {
    let message = reply.storage.pointer.assumingMemoryBound(to: ProtobufCMessage.self)
    guard protobuf_c_message_get_packed_size(message) <= room.count else { return }
    protobuf_c_message_pack(message, room.baseAddress)
  }

  private static func unpack(_ bytes: [UInt8]) {
    let made = protobuf_c_message_unpack(ListReply.descriptor.layout.pointee.c, nil, bytes.count, bytes)
    protobuf_c_message_free_unpacked(made, nil)
  }
}
